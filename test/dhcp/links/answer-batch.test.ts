import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FloodGuard } from '../../../daemons/dhcp/abuse/flood-guard.ts'
import { DecisionHistory } from '../../../daemons/dhcp/decide/decision-history.ts'
import { LeaseDesk } from '../../../daemons/dhcp/leases/lease-desk.ts'
import { MemoryLeaseStore } from '../../../daemons/dhcp/leases/memory-lease-store.ts'
import { answerBatch } from '../../../daemons/dhcp/links/answer-batch.ts'
import type { Counter } from '../../../daemons/dhcp/links/answer-requests.ts'
import { type Message, messageType } from '../../../daemons/dhcp/message/message.ts'
import { decodeMessage } from '../../../daemons/dhcp/message/message-codec.ts'
import { OPTION } from '../../../daemons/dhcp/message/option-code.ts'
import { OwnAddressReader } from '../../../daemons/dhcp/subnets/own-addresses.ts'
import { Tally } from '../../../daemons/dhcp/tally.ts'
import { DatagramBatch } from '../../../daemons/linux/datagram-batch.ts'
import { sendDatagram } from '../../../daemons/linux/send-datagram.ts'
import { systemClock } from '../../../daemons/runtime/system-clock.ts'
import { listenUrl, openOnLoopback, receiveBatch } from '../../support/loopback.ts'
import { type ClientMessage, clientDatagram } from '../client-message.ts'
import { loopbackSection } from '../fixture.ts'

const TOKEN = Uint8Array.from({ length: 16 }, (_, index) => index)
const SETTINGS = {
  serverIdentifier: null,
  relayPort: 'source',
  trustedLinks: new Set<string>(),
  flood: new FloodGuard({ perMac: 0, perPort: 0, perLink: 0, leasesPerPort: 0 }),
} as const
const relayed = { giaddr: '10.77.0.1' } as const

/** A desk at a door on loopback, and a relay agent before it. */
class Office implements Disposable {
  readonly store = new MemoryLeaseStore(0)
  readonly counter: Counter
  readonly #server = openOnLoopback('udp://127.0.0.1:0')
  readonly #client = openOnLoopback('udp://127.0.0.1:0')
  readonly #batch = new DatagramBatch({ slots: 16, slotBytes: 4096 })

  constructor() {
    this.counter = {
      desk: new LeaseDesk({
        served: loopbackSection,
        store: this.store,
        time: systemClock,
        log: pino({ level: 'silent' }),
      }),
      own: new OwnAddressReader([]),
      tally: new Tally(),
      history: new DecisionHistory(16),
      clock: systemClock,
      probeToken: TOKEN,
      guard: null,
    }
  }

  /** Serves the messages as one batch. */
  async serve(...messages: readonly ClientMessage[]): Promise<void> {
    await this.serveAt(null, messages)
  }

  /** The same at the door of an attached network. */
  async serveAt(device: string | null, messages: readonly ClientMessage[]): Promise<void> {
    for (const message of messages)
      sendDatagram(this.#client.fd, Buffer.from(clientDatagram({ ...relayed, ...message })), {
        address: '127.0.0.1',
        port: this.#server.port,
      })
    const { count } = await receiveBatch(this.#server.fd, this.#batch)
    expect(count).toBe(messages.length)
    const url = listenUrl(`udp://127.0.0.1:${this.#server.port}`)
    const socket = { fd: this.#server.fd, name: 'door', url, probeOnly: false }
    answerBatch(this.counter, SETTINGS, { socket, device, frameFd: null }, this.#batch, count)
    this.#batch.flush(this.#server.fd)
  }

  /** Everything that came back to the relay agent; at least one reply must have. */
  async replies(): Promise<readonly Message[]> {
    const { batch, count } = await receiveBatch(this.#client.fd)
    const messages = Array.from({ length: count }, (_, slot) => {
      const start = slot * batch.slotBytes
      const decoded = decodeMessage(Uint8Array.from(batch.bytes.subarray(start, start + batch.length(slot))))
      return decoded.kind === 'message' ? decoded.message : expect.fail(decoded.reason)
    })
    batch.free()
    return messages
  }

  /** Notes how many replies have left whenever leases are written. */
  watchCommits(): readonly number[] {
    const { store } = this
    const commit = store.commit.bind(store)
    const left: number[] = []
    store.commit = (leases) => {
      const batch = new DatagramBatch({ slots: 16, slotBytes: 4096 })
      left.push(batch.receive(this.#client.fd))
      batch.free()
      commit(leases)
    }
    return left
  }

  [Symbol.dispose](): void {
    this.#batch.free()
    this.#server[Symbol.dispose]()
    this.#client[Symbol.dispose]()
  }
}

let office: Office
beforeEach(() => {
  office = new Office()
})
afterEach(() => office[Symbol.dispose]())

const take = (xid: number): ClientMessage => ({
  xid,
  type: 'REQUEST',
  server: '127.0.0.1',
  requested: `10.77.1.${xid}`,
  mac: `52:54:00:00:00:${xid}`,
})
const probe: ClientMessage = { xid: 99, mac: '02:00:00:00:00:01', options: [[OPTION.probeToken, [...TOKEN]]] }
const seen = (messages: readonly Message[]): unknown => messages.map((one) => [one.xid, messageType(one)])

describe('answerBatch when the store fails', () => {
  test('lets no ACK out, and still refuses and offers', async () => {
    office.store.failure = new Error('database or disk is full')
    const wrong: ClientMessage = { ...take(12), requested: '10.1.1.1' }
    await office.serve(take(10), take(11), wrong, { xid: 13, mac: '52:54:00:00:00:13' })
    expect(seen(await office.replies())).toEqual([
      [12, 'NAK'],
      [13, 'OFFER'],
    ])
    expect(office.counter.tally.counters()).toMatchObject({ request: 3, ack: 0, store_failed: 2, nak: 1, offer: 1 })
    expect(office.counter.history.about('52:54:00:00:00:10')).toMatchObject([
      { outcome: 'store_failed', reason: 'cannot store leases: database or disk is full' },
    ])
    expect([...office.counter.desk.book.leases()]).toEqual([])
  })

  test('confirms the same client as soon as it works again', async () => {
    office.store.failure = new Error('database or disk is full')
    await office.serve(take(10))
    office.store.failure = null
    await office.serve(take(10))
    expect(seen(await office.replies())).toEqual([[10, 'ACK']])
    expect(office.store.load()).toHaveLength(1)
  })

  test('a probe hears of it though no client asked, and of the end of it', async () => {
    office.store.failure = new Error('database or disk is full')
    await office.serve(probe)
    const [refused] = await office.replies()
    expect(seen(refused === undefined ? [] : [refused])).toEqual([[99, 'NAK']])
    expect(Buffer.from(refused?.options.get(OPTION.message) ?? []).toString()).toBe(
      'cannot store leases: database or disk is full',
    )
    office.store.failure = null
    await office.serve(probe)
    expect(seen(await office.replies())).toEqual([[99, 'OFFER']])
    expect(office.counter.desk.fault).toBeNull()
    expect(office.counter.tally.counters()).toMatchObject({ probes: 2, discover: 0, nak: 0, offer: 0, dropped: 0 })
  })
})

test('answerBatch sends what promises nothing before it writes leases, and ACKs after it', async () => {
  const left = office.watchCommits()
  await office.serve(take(10), { xid: 13, mac: '52:54:00:00:00:13' }, take(11), { ...take(12), requested: '10.1.1.1' })
  expect(left).toEqual([2])
  expect(seen(await office.replies())).toEqual([
    [10, 'ACK'],
    [11, 'ACK'],
  ])
  expect(office.counter.history.about('52:54:00:00:00:13')).toMatchObject([{ type: 'DISCOVER', outcome: 'offer' }])
  expect(office.counter.history.about('52:54:00:00:00:10')).toMatchObject([{ type: 'REQUEST', outcome: 'ack' }])
})

test('answerBatch tells why nobody is served on an interface without an address', async () => {
  await office.serveAt('no-such-port', [take(10)])
  expect(office.counter.tally.counters()).toMatchObject({ ignored_no_interface_address: 1 })
  expect(office.counter.history.about('52:54:00:00:00:10')).toMatchObject([
    { type: 'REQUEST', reason: 'the interface that it came in by has no address' },
  ])
})
