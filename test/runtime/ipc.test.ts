import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import { type Channel, openIpc } from '../../daemons/runtime/ipc.ts'

/** A channel whose far end is the test. */
class FakeChannel extends EventEmitter implements Channel {
  connected = true
  readonly sent: unknown[] = []
  #onSent: (() => void) | null = null

  send = (message: unknown): boolean => {
    this.sent.push(message)
    this.#onSent?.()
    return true
  }

  nextSent(): Promise<unknown> {
    return new Promise((resolve) => {
      this.#onSent = () => resolve(this.sent.at(-1))
    })
  }
}

const neverGone = (): void => {}

describe('openIpc', () => {
  test('answers a question by its id', async () => {
    const channel = new FakeChannel()
    openIpc(channel, async (question, params) => ({ question, params }), neverGone)
    const sent = channel.nextSent()
    channel.emit('message', { id: 7, question: 'leases', params: { all: true } })
    expect(await sent).toEqual({ id: 7, result: { question: 'leases', params: { all: true } } })
  })

  test.each([
    ['an unknown question', async () => undefined, 'this daemon does not know that question'],
    ['a question that fails', async () => Promise.reject(new Error('cannot read')), 'cannot read'],
  ])('answers %s with an error', async (_title, answer, error) => {
    const channel = new FakeChannel()
    openIpc(channel, answer, neverGone)
    const sent = channel.nextSent()
    channel.emit('message', { id: 1, question: 'x', params: null })
    expect(await sent).toEqual({ id: 1, error })
  })

  test('carries our question and its answer, also when answers cross', async () => {
    const channel = new FakeChannel()
    const peer = openIpc(channel, async () => undefined, neverGone)
    const first = peer.ask('status', {})
    const second = peer.ask('why', { service: 'ntp' })
    expect(channel.sent).toEqual([
      { id: 1, ask: 'status', params: {} },
      { id: 2, ask: 'why', params: { service: 'ntp' } },
    ])
    channel.emit('message', { id: 2, error: 'no such service' })
    channel.emit('message', { id: 1, result: 'fine' })
    expect(await first).toBe('fine')
    await expect(second).rejects.toThrow('no such service')
  })

  test('rejects what waits when the supervisor goes, and says so', async () => {
    const channel = new FakeChannel()
    let gone = false
    const peer = openIpc(
      channel,
      async () => undefined,
      () => {
        gone = true
      },
    )
    const asked = peer.ask('status', {})
    channel.emit('disconnect')
    await expect(asked).rejects.toThrow('the supervisor is gone')
    expect(gone).toBe(true)
  })

  test('rejects at once without a supervisor', async () => {
    const channel: Channel = { on: () => undefined }
    await expect(openIpc(channel, async () => undefined, neverGone).ask('status', {})).rejects.toThrow('runs alone')
  })

  test.each([[null], ['text'], [{ question: 'no id' }], [{ id: 99, result: 1 }]])('ignores %j', (message) => {
    const channel = new FakeChannel()
    openIpc(channel, async () => 1, neverGone)
    channel.emit('message', message)
    expect(channel.sent).toEqual([])
  })
})
