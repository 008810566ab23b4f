import { get } from 'node:http'
import { describe, expect, test } from 'vitest'
import { DatagramBatch } from '../../daemons/linux/datagram-batch.ts'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { watchReadable } from '../../daemons/linux/watch-readable.ts'
import { ALL_FOUR, type Box, startBox } from '../support/box.ts'
import { openOnLoopback } from '../support/loopback.ts'
import { storedNumbers } from '../support/stored-messages.ts'
import { waitFor } from '../support/wait-for.ts'

const KILLS = 5
/** Datagrams that a daemon has taken out of the kernel but not yet served when it is killed: one batch at most. */
const BATCH = 256
/** Below what a held socket keeps through a restart: beyond it the kernel drops, which is another test. */
const PER_MS = 8
const OUTSTANDING = 3000

/** Restarts at once however often it happens: here the kills are ours. */
const SUPERVISOR = 'restart = { limit = { restarts = 1000, within = "30s" }, reset_after = "1ms" }'

/** Kills the daemon and waits until it serves again; gives what the supervisor counted meanwhile. */
async function killAndWait(box: Box, name: string): Promise<{ dropped: number; queued: number | null }> {
  const { pid, restarts } = await box.service(name)
  if (pid === null) throw new Error(`${name} does not run`)
  process.kill(pid, 'SIGKILL')
  const after = await box.until(
    name,
    'a new life',
    (report) => report.restarts === restarts + 1 && report.state === 'ready' && report.last_exit?.queued != null,
  )
  expect(after.last_exit).toMatchObject({ signal: 'SIGKILL', code: null, reason: 'signal' })
  return { dropped: after.last_exit?.dropped ?? 0, queued: after.last_exit?.queued ?? null }
}

/** Calls `work` each turn of the loop, in small portions, until it says that it is done. */
function everyTurn(work: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const turn = (): void => {
      try {
        if (work()) resolve()
        else setImmediate(turn)
      } catch (error) {
        reject(error)
      }
    }
    turn()
  })
}

describe('kill -9 under load', () => {
  test('syslog stores every datagram that the kernel kept, none twice, and counts the rest', async () => {
    await using box = await startBox({ config: ALL_FOUR, supervisor: SUPERVISOR })
    using sender = openOnLoopback('udp://127.0.0.1:0')
    const target = { address: '127.0.0.1', port: await box.port('syslog', 'udp') }
    const beganMs = performance.now()
    let sent = 0
    let ending = false
    const sending = everyTurn(() => {
      const due = (performance.now() - beganMs) * PER_MS
      while (sent < due) sendDatagram(sender.fd, Buffer.from(`<13>1 - host load - - - ${sent++}`), target)
      return ending
    })
    let queued = 0
    for (let kill = 0; kill < KILLS; kill++) queued += (await killAndWait(box, 'syslog')).queued ?? 0
    ending = true
    await sending
    const numbers = await waitFor('the last datagram in the store', () => {
      const found = storedNumbers(box, 'load')
      return found.includes(sent - 1) ? found : undefined
    })
    expect(queued).toBeGreaterThan(0)
    expect(new Set(numbers).size).toBe(numbers.length)
    // What a busy machine made the kernel drop, in whichever life, is in the ledger, and what died with a batch.
    let told = { stored: 0, reached: 0, lost: 0 }
    const account = await waitFor('the account of all of them', () => {
      told = JSON.parse(box.lanward('logs', 'losses', '--json').stdout)
      return told.stored === numbers.length && told.reached >= sent ? told : undefined
    }).catch(() => expect.fail(`${sent} sent, ${numbers.length} stored, told: ${JSON.stringify(told)}`))
    expect(account.reached - sent).toBeLessThanOrEqual(KILLS * BATCH)
    expect(account.lost).toBe(account.reached - account.stored)
  })

  test('ntp answers every request that the kernel kept', async () => {
    await using box = await startBox({ config: ALL_FOUR, supervisor: SUPERVISOR })
    using client = openOnLoopback('udp://127.0.0.1:0', 4 << 20)
    const target = { address: '127.0.0.1', port: await box.port('ntp', 'udp') }
    const answers = new DatagramBatch({ slots: 64, slotBytes: 128 })
    const answered = new Set<number>()
    const watch = watchReadable(client.fd, () => {
      for (let count = answers.receive(client.fd); count > 0; count = answers.receive(client.fd)) {
        for (let slot = 0; slot < count; slot++) answered.add(answers.bytes.readUInt32BE(slot * answers.slotBytes + 28))
      }
    })
    const request = Buffer.alloc(48)
    request[0] = 0x23
    let sent = 0
    let ending = false
    const sending = everyTurn(() => {
      for (let index = 0; index < 4 && sent - answered.size < OUTSTANDING; index++) {
        request.writeUInt32BE(++sent, 44)
        sendDatagram(client.fd, request, target)
      }
      return ending
    })
    let dropped = 0
    for (let kill = 0; kill < KILLS; kill++) dropped += (await killAndWait(box, 'ntp')).dropped
    ending = true
    await sending
    await waitFor('the answer to the last request', () => (answered.has(sent) ? true : undefined))
    watch.stop()
    const lost = sent - answered.size - dropped
    expect(lost).toBeGreaterThanOrEqual(0)
    expect(lost).toBeLessThanOrEqual(KILLS * BATCH)
  })

  test('http refuses no connection: those made while it is dead are served by the next life', async () => {
    await using box = await startBox({ config: ALL_FOUR, supervisor: SUPERVISOR })
    const port = await box.port('http', 'tcp')
    const { pid, restarts } = await box.service('http')
    if (pid === null) throw new Error('http does not run')
    process.kill(pid, 'SIGKILL')
    const ask = (): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        get({ port, host: '127.0.0.1', path: '/metrics', agent: false }, (response) =>
          resolve(response.resume().statusCode),
        ).on('error', reject)
      })
    expect(await Promise.all(Array.from({ length: 20 }, ask))).toEqual(new Array(20).fill(200))
    const after = await box.until(
      'http',
      'the next life',
      (report) => report.restarts > restarts && report.last_exit?.queued != null,
    )
    expect(after.last_exit?.reason).toBe('signal')
  })
})
