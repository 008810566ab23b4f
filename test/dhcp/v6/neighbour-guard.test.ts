import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DecisionHistory } from '../../../daemons/dhcp/decide/decision-history.ts'
import { formatHex } from '../../../daemons/dhcp/message/hex.ts'
import { SERVED6, Tally } from '../../../daemons/dhcp/tally.ts'
import { formatIpv6 } from '../../../daemons/dhcp/v6/address.ts'
import { answerRequests6, askedAnew, type Counter6 } from '../../../daemons/dhcp/v6/answer-requests.ts'
import { clientMac } from '../../../daemons/dhcp/v6/binding.ts'
import type { Asked } from '../../../daemons/dhcp/v6/binding-desk.ts'
import { listBindings } from '../../../daemons/dhcp/v6/binding-row.ts'
import { findLink } from '../../../daemons/dhcp/v6/find-link.ts'
import { NeighbourGuard } from '../../../daemons/dhcp/v6/neighbour-guard.ts'
import { OwnAddressReader6 } from '../../../daemons/dhcp/v6/own-addresses.ts'
import { decodeDatagram } from '../../../daemons/dhcp/v6/relay-codec.ts'
import { listenUrl } from '../../support/loopback.ts'
import { address, type ClientMessage, clientDatagram, duidLl, relayed } from './client-message.ts'
import { DeskScenario6, SERVER } from './desk-scenario.ts'

const STRANGER = '00:11:22:33:44:55'
const DOOR = { device: 'lan0', socket: { fd: -1, name: '', url: listenUrl('udp://[::%lan0]:547'), probeOnly: false } }
const SECTION = { conflictCheck: 'arp', conflictWaitMs: 300 } as const

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A link on which hosts are asked before an address is offered; time is the test's. */
class Link6 {
  readonly scenario: DeskScenario6
  readonly asked: string[] = []
  /** Addresses that somebody uses, and by which hardware address. */
  readonly users = new Map<string, string>()
  canAsk = true
  readonly guard: NeighbourGuard
  readonly counter: Counter6
  /** The type of each answer. */
  readonly answers: number[] = []

  constructor(scenario = new DeskScenario6()) {
    this.scenario = scenario
    const clock = { wallMs: () => scenario.time.wall, monotonicMs: () => scenario.time.monotonic, wallNs: () => 0n }
    const history = new DecisionHistory(64)
    this.guard = new NeighbourGuard({
      asker: { canAsk: () => this.canAsk, ask: (_, text) => void this.asked.push(formatIpv6(text)) },
      ...{ section: SECTION, history, clock, log: pino({ level: 'silent' }) },
      resume: (parked) => this.#answer(parked.map((one) => askedAnew(this.counter, one))),
    })
    this.counter = {
      ...{ desk: scenario.desk, history, clock, guard: this.guard, probe: null, server: Buffer.from(SERVER, 'hex') },
      own: new OwnAddressReader6(() => ({})),
      tally: new Tally(SERVED6),
    }
  }

  send(message: ClientMessage, relays: readonly { link: string }[] = []): void {
    const decoded = decodeDatagram(relayed(clientDatagram({ associations: [{ iaid: 1 }], ...message }), ...relays))
    if (decoded.kind !== 'message') throw new Error(decoded.reason)
    const clientId = decoded.message.clientId ?? new Uint8Array(0)
    const asked: Asked = {
      ...{ message: decoded.message, relays: decoded.relays, unicast: false, own: this.scenario.own, server: SERVER },
      ...{ duid: formatHex(clientId), source: address('fe80::1'), mac: clientMac(null, clientId, address('fe80::1')) },
      link: findLink(this.scenario.desk.book, decoded.relays, 'lan0', (plan) => plan.device),
    }
    this.#answer([asked])
  }

  /** Time passes, with what follows from it. */
  pass(ms: number): void {
    this.scenario.time.monotonic += ms
    this.scenario.time.wall += ms
    vi.advanceTimersByTime(ms)
  }

  /** Answers of those who use addresses come in. */
  answer(): void {
    for (const [text, mac] of this.users)
      if (this.asked.includes(text)) this.guard.heard({ address: address(text), mac }, 'lan0')
  }

  count(name: string): number {
    return this.counter.tally.counters()[name] ?? 0
  }

  #answer(list: readonly Asked[]): void {
    answerRequests6(
      this.counter,
      DOOR,
      list.map((asked) => ({
        ...{ asked, probe: false },
        send: (bytes) => {
          this.answers.push(bytes[0] ?? 0)
          return null
        },
      })),
    )
  }
}

test('a new client is offered an address when nobody answered for it, asked twice', () => {
  const link = new Link6()
  link.send({})
  expect([link.asked.length, link.answers]).toEqual([1, []])
  link.pass(299)
  expect([link.asked.length, link.answers, link.count('solicit')]).toEqual([2, [], 0])
  link.pass(1)
  expect([link.answers, link.count('solicit'), link.count('advertise')]).toEqual([[2], 1, 1])
  const [offered = ''] = link.asked
  link.send({ type: 'REQUEST', server: SERVER, associations: [{ iaid: 1, addresses: [offered] }] })
  expect(link.answers).toEqual([2, 7])
  expect(link.scenario.desk.book.subnets[0]?.at(address(offered))?.state).toBe('bound')
  link.send({})
  expect(link.answers).toEqual([2, 7, 2])
})

test('an address that a stranger uses is set aside for an hour, and the next is offered at once when that is known', () => {
  const link = new Link6()
  link.send({})
  const [taken = ''] = link.asked
  link.users.set(taken, STRANGER)
  link.answer()
  expect([link.asked.length, link.answers]).toEqual([2, []])
  link.pass(300)
  expect(link.answers).toEqual([2])
  const { book, clock } = link.scenario.desk
  expect(listBindings(book, clock, link.scenario.desk.nowMs(), false)).toMatchObject([
    { address: taken, state: 'declined', mac: STRANGER, reason: 'found in use by a device without a lease of it' },
  ])
  expect(link.scenario.store.load()).toHaveLength(1)
  expect(link.counter.history.about(taken)).toMatchObject([{ type: 'ND', outcome: 'in_use', mac: STRANGER }])
  link.scenario.passSeconds(3599)
  expect(book.subnets[0]?.isFree(address(taken), 'x', link.scenario.desk.nowMs())).toBe(false)
  link.scenario.passSeconds(1)
  expect(book.subnets[0]?.isFree(address(taken), 'x', link.scenario.desk.nowMs())).toBe(true)
})

test('a reservation whose address is in use gives way for ten minutes', () => {
  const link = new Link6()
  link.users.set('fd00:50::52', STRANGER)
  link.send({ duid: duidLl(0x52) })
  link.answer()
  link.pass(300)
  expect(link.answers).toEqual([2])
  expect(link.scenario.store.load()).toMatchObject([{ address: address('fd00:50::52'), endsMs: expect.any(Number) }])
  link.scenario.passSeconds(600)
  expect(
    link.scenario.send({ duid: duidLl(0x52), associations: [{ iaid: 1 }] }).associations[0]?.addresses,
  ).toMatchObject([{ address: 'fd00:50::52' }])
})

test('the client itself is no stranger', () => {
  const link = new Link6()
  link.send({})
  link.users.set(link.asked[0] ?? '', '52:54:00:00:00:01')
  link.answer()
  expect(link.answers).toEqual([2])
})

test.each([
  ['an address that the client names', { associations: [{ iaid: 1, addresses: ['fd00:50::1003'] }] }, 2],
  ['a REQUEST', { type: 'REQUEST', server: SERVER }, 7],
  ['a client that finds no address', { associations: [{ kind: 'iaPd', iaid: 1 }] }, 2],
] as const)('nobody is asked for %s', (_, message, answer) => {
  const link = new Link6()
  link.send(message)
  expect([link.asked, link.answers]).toEqual([[], [answer]])
})

test('nobody is asked behind a relay agent, on a link that cannot be asked, and when the check is off', () => {
  const link = new Link6()
  link.send({}, [{ link: 'fd00:51::1' }])
  link.canAsk = false
  link.send({ duid: duidLl(2) })
  link.canAsk = true
  link.guard.reload({ ...SECTION, conflictCheck: 'off' })
  link.send({ duid: duidLl(3) })
  expect([link.asked, link.answers]).toEqual([[], [13, 2, 2]])
})

test('of the messages of a client that waits the newest is answered, and none after a reload', () => {
  const link = new Link6()
  link.send({})
  link.send({})
  link.pass(300)
  expect([link.answers, link.count('superseded')]).toEqual([[2], 1])
  link.send({ duid: duidLl(2) })
  link.guard.reload(SECTION)
  link.pass(300)
  expect(link.answers).toEqual([2])
})

test('a SOLICIT with rapid commit is given no lease before its address is known about', () => {
  const link = new Link6(new DeskScenario6({ rapidCommit: true }))
  link.send({ rapidCommit: true })
  expect(link.scenario.store.load()).toEqual([])
  link.pass(300)
  expect(link.answers).toEqual([7])
  expect(link.scenario.store.load()).toHaveLength(1)
})

test('a message that waits is decided about by the reservations and leases that are in force then', () => {
  const link = new Link6(new DeskScenario6({ rapidCommit: true }))
  link.send({ rapidCommit: true })
  const [wanted = ''] = link.asked
  const { desk, store, subnets } = link.scenario
  // As a reservation made by command does.
  desk.replan(subnets)
  const other = { duid: duidLl(2), type: 'REQUEST', server: SERVER } as const
  link.scenario.send({ ...other, associations: [{ iaid: 1, addresses: [wanted] }] })
  const before = store.load()
  expect(before).toMatchObject([{ address: address(wanted), duid: duidLl(2) }])
  link.pass(300)
  link.pass(300)
  expect(store.load()).toHaveLength(2)
  expect(store.load()).toEqual(expect.arrayContaining([...before]))
})

test('no address that is known to be in use is given to a client that meets one after another', () => {
  const pools = [{ first: 'fd00:50::1000', last: 'fd00:50::1fff' }]
  const link = new Link6(new DeskScenario6({ rapidCommit: true, pools }))
  const message = { rapidCommit: true, associations: Array.from({ length: 10 }, (_, iaid) => ({ iaid })) }
  link.send(message)
  const used = link.asked.slice()
  // The one that it waits for is answered for last, when all others are known.
  for (const text of used.toReversed()) link.users.set(text, STRANGER)
  link.answer()
  link.pass(300)
  link.send(message)
  link.pass(300)
  const given = link.scenario.store.load().filter(({ state }) => state === 'bound')
  expect(given).toHaveLength(10)
  expect(given.filter((one) => used.includes(formatIpv6(one.address)))).toEqual([])
})

test('each association of a message is asked about', () => {
  const link = new Link6()
  link.send({ associations: [{ iaid: 1 }, { iaid: 2 }] })
  expect(new Set(link.asked).size).toBe(2)
  link.users.set(link.asked[1] ?? '', STRANGER)
  link.answer()
  link.pass(300)
  link.pass(300)
  expect(link.answers).toEqual([2])
  expect(link.scenario.store.load()).toHaveLength(1)
})
