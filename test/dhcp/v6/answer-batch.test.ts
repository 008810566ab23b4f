import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DecisionHistory } from '../../../daemons/dhcp/decide/decision-history.ts'
import { SERVED6, Tally } from '../../../daemons/dhcp/tally.ts'
import { answerBatch6 } from '../../../daemons/dhcp/v6/answer-batch.ts'
import type { Counter6 } from '../../../daemons/dhcp/v6/answer-requests.ts'
import { BindingDesk } from '../../../daemons/dhcp/v6/binding-desk.ts'
import { FloodGuard6 } from '../../../daemons/dhcp/v6/flood-guard.ts'
import { MemoryBindingStore } from '../../../daemons/dhcp/v6/memory-binding-store.ts'
import { OwnAddressReader6 } from '../../../daemons/dhcp/v6/own-addresses.ts'
import { probeDuid } from '../../../daemons/dhcp/v6/probe.ts'
import { DatagramBatch } from '../../../daemons/linux/datagram-batch.ts'
import { sendDatagram } from '../../../daemons/linux/send-datagram.ts'
import { SOCKADDR_BYTES } from '../../../daemons/linux/sockaddr.ts'
import { systemClock } from '../../../daemons/runtime/system-clock.ts'
import { listenUrl, openOnLoopback, receiveBatch } from '../../support/loopback.ts'
import { type ClientMessage, clientDatagram, duidLl, relayed } from './client-message.ts'
import { SERVER } from './desk-scenario.ts'
import { attached6, relayed6 } from './fixture.ts'

const PROBE = probeDuid(new Uint8Array(16).fill(7))
const SOLICIT = { associations: [{ iaid: 1 }] } as const
const TYPE = { relayReply: 13, reply: 7 } as const

/** A desk at a door on loopback, and who sends to it. */
class Office6 implements Disposable {
  readonly store = new MemoryBindingStore()
  readonly counter: Counter6
  relayPort: 67 | 'source' = 67
  readonly client = openOnLoopback('udp://[::1]:0')
  readonly #server = openOnLoopback('udp://[::1]:0')
  readonly #batch = new DatagramBatch({ slots: 16, slotBytes: 4096 })

  constructor() {
    const log = pino({ level: 'silent' })
    const subnets = [attached6, relayed6]
    this.counter = {
      desk: new BindingDesk({ subnets, store: this.store, time: systemClock, log, isTaken: () => false }),
      own: new OwnAddressReader6(() => ({})),
      tally: new Tally(SERVED6),
      history: new DecisionHistory(16),
      clock: systemClock,
      server: Buffer.from(SERVER, 'hex'),
      guard: null,
      probe: PROBE,
    }
  }

  /** Serves the datagrams as one batch; gives the type of what stands in each slot then, and the port that it would go to. */
  async serve(datagrams: readonly Uint8Array[], door: { device?: string; probeOnly?: boolean } = {}) {
    for (const datagram of datagrams)
      sendDatagram(this.client.fd, Buffer.from(datagram), { address: '::1', port: this.#server.port })
    const { count } = await receiveBatch(this.#server.fd, this.#batch)
    expect(count).toBe(datagrams.length)
    const socket = {
      fd: this.#server.fd,
      name: 'door',
      url: listenUrl('udp://[::1]:547'),
      probeOnly: door.probeOnly === true,
    }
    const flood = new FloodGuard6({ perMac: 0, perPort: 0, perLink: 0, leasesPerPort: 0 })
    answerBatch6(
      this.counter,
      { relayPort: this.relayPort, flood },
      { socket, device: door.device ?? null },
      this.#batch,
      count,
    )
    return datagrams.map((_, slot) => ({
      type: this.#batch.bytes[slot * this.#batch.slotBytes],
      port: this.#batch.peers.readUInt16BE(slot * SOCKADDR_BYTES + 2),
    }))
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(Object.entries(this.counter.tally.counters()).filter(([, count]) => count > 0))
  }

  [Symbol.dispose](): void {
    this.#batch.free()
    this.#server[Symbol.dispose]()
    this.client[Symbol.dispose]()
  }
}

let office: Office6
beforeEach(() => {
  office = new Office6()
})
afterEach(() => office[Symbol.dispose]())

const throughRelay = (message: ClientMessage, sourcePort?: number): Uint8Array =>
  relayed(clientDatagram(message), { link: 'fd00:51::1', ...(sourcePort === undefined ? {} : { sourcePort }) })
const many = (count: number): ClientMessage => ({
  associations: Array.from({ length: count }, (_, iaid) => ({ iaid })),
})

describe('answerBatch6', () => {
  test('answers a relay agent at the port of relay agents, or where it sent from if it or the section wants that', async () => {
    const { port } = office.client
    const answers = await office.serve([throughRelay(SOLICIT), throughRelay(SOLICIT, 1547)])
    expect(answers).toEqual([
      { type: TYPE.relayReply, port: 547 },
      { type: TYPE.relayReply, port },
    ])
    office.relayPort = 'source'
    expect(await office.serve([throughRelay(SOLICIT)])).toEqual([{ type: TYPE.relayReply, port }])
  })

  test('answers a client at the port of clients, and sees that it wrote to one address', async () => {
    const request = clientDatagram({ ...SOLICIT, type: 'REQUEST', server: SERVER })
    const [answer] = await office.serve([request, clientDatagram(SOLICIT)], { device: 'lan0' })
    expect(answer).toEqual({ type: TYPE.reply, port: 546 })
    expect(office.counts()).toEqual({ request: 1, use_multicast: 1, solicit: 1, ignored_unicast: 1, dropped: 1 })
  })

  test('lets no answer leave that rests on what was not stored', async () => {
    office.store.failure = new Error('disk full')
    const rebind = { type: 'REBIND', associations: [{ iaid: 1, addresses: ['fd00:51::10'] }] } as const
    const [lost, offer] = await office.serve([throughRelay(rebind), throughRelay({ ...SOLICIT, duid: duidLl(2) })])
    expect([lost?.type, offer?.type]).toEqual([12, TYPE.relayReply])
    expect(office.counts()).toEqual({ rebind: 1, store_failed: 1, solicit: 1, advertise: 1, dropped: 1 })
    expect(office.counter.history.about('52:54:00:00:00:01')).toMatchObject([{ outcome: 'store_failed' }])
  })

  test('sends nothing that is longer than it has room for', async () => {
    expect((await office.serve([throughRelay(many(200))]))[0]?.type).toBe(12)
    expect(office.counts()).toMatchObject({ answer_too_long: 1 })
  })

  test('hears at the door of the probe nobody else, and remembers nothing of the probe', async () => {
    const answers = await office.serve([throughRelay(SOLICIT), throughRelay({ ...SOLICIT, duid: PROBE })], {
      probeOnly: true,
    })
    expect(answers.map(({ type }) => type)).toEqual([12, TYPE.relayReply])
    expect(office.counts()).toEqual({ probes: 1, ignored_probe_door: 1, dropped: 1 })
    expect(office.counter.history.about(PROBE)).toEqual([])
  })
})
