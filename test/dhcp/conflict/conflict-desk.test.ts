import { expect, test } from 'vitest'
import { checkBy } from '../../../daemons/dhcp/conflict/address-check.ts'
import { ConflictDesk, type Parked } from '../../../daemons/dhcp/conflict/conflict-desk.ts'
import { formatIpv4 } from '../../../daemons/wire/address.ts'
import { type ClientMessage, clientMessage, ip } from '../client-message.ts'
import { DeskScenario, SERVER } from '../desk-scenario.ts'

const mac = (number: number): string => `52:54:00:00:01:${number.toString(16).padStart(2, '0')}`
const STRANGER = '00:11:22:33:44:55'

/** A desk that asks before it offers; devices on the link that answer; and one timer that the test lets run. */
class Link {
  readonly scenario: DeskScenario
  readonly asked: string[] = []
  /** Addresses that somebody uses. */
  readonly users = new Map<string, string>()
  /** What became of each client's message: the last outcome, address and reason. */
  readonly outcomes = new Map<string, string>()
  readonly conflicts: ConflictDesk
  #timer: { readonly atMs: number; readonly call: () => void } | null = null

  constructor(scenario = new DeskScenario()) {
    this.scenario = scenario
    this.conflicts = new ConflictDesk({
      waitMs: 300,
      nowMs: () => scenario.time.monotonic,
      arm: (delayMs, call) => {
        const timer = { atMs: scenario.time.monotonic + delayMs, call }
        this.#timer = timer
        return () => {
          if (this.#timer === timer) this.#timer = null
        }
      },
      resume: (parked) => {
        for (const { bytes } of parked) this.#take(JSON.parse(Buffer.from(bytes).toString()))
      },
    })
  }

  send(number: number, parts: ClientMessage = {}): string | undefined {
    this.#take({ mac: mac(number), ...parts })
    return this.outcomes.get(mac(number))
  }

  /** Answers of those who use addresses come in. */
  answer(): void {
    for (const [address, by] of this.users) if (this.asked.includes(address)) this.conflicts.heard(ip(address), by)
  }

  pass(ms: number): void {
    const { time } = this.scenario
    for (const end = time.monotonic + ms; time.monotonic < end; ) {
      const next = Math.min(end, this.#timer?.atMs ?? end)
      time.wall += next - time.monotonic
      time.monotonic = next
      const timer = this.#timer
      if (timer === null || timer.atMs > next) continue
      this.#timer = null
      timer.call()
    }
  }

  get isArmed(): boolean {
    return this.#timer !== null
  }

  #take(parts: ClientMessage): void {
    const { desk, site } = this.scenario
    const arrival = { source: 0, sourcePort: 68, local: 0, link: { address: ip(SERVER) } }
    const ask = (address: number): void => void this.asked.push(formatIpv4(address))
    const check = checkBy(this.conflicts, ask, site.own)
    const decision = desk.take(clientMessage(parts), arrival, site, false, check)
    desk.settle()
    const outcome = `${decision.outcome} ${formatIpv4(decision.address)}`
    this.outcomes.set(parts.mac ?? '', outcome)
    if (decision.outcome !== 'checking') return
    // The test's messages are kept as what they are made of.
    const bytes = Uint8Array.from(Buffer.from(JSON.stringify(parts)))
    const door = {
      socket: { fd: -1, name: '', url: { scheme: 'packet', device: 'x' }, probeOnly: false },
      device: 'x',
      frameFd: -1,
    } as const
    const parked: Parked = { bytes, arrival, door }
    this.conflicts.park(decision.client, decision.address, parked)
  }
}

test('a new client waits until nobody answered, and is offered the address', () => {
  const link = new Link()
  expect(link.send(1)).toBe('checking 192.0.2.100')
  expect(link.asked[0]).toBe('192.0.2.100')
  link.pass(299)
  expect(link.outcomes.get(mac(1))).toBe('checking 192.0.2.100')
  link.pass(1)
  expect(link.outcomes.get(mac(1))).toBe('offer 192.0.2.100')
  expect(link.asked.filter((address) => address === '192.0.2.100')).toHaveLength(2)
  expect(link.send(1, { type: 'REQUEST', server: SERVER, requested: '192.0.2.100' })).toBe('ack 192.0.2.100')
})

test('the addresses that come next are asked about meanwhile, so that the next client waits for nothing', () => {
  const link = new Link()
  link.send(1)
  expect(link.asked).toEqual(['192.0.2.100', '192.0.2.101', '192.0.2.102', '192.0.2.103'])
  link.pass(300)
  expect([2, 3, 4].map((number) => link.send(number))).toEqual([
    'offer 192.0.2.101',
    'offer 192.0.2.102',
    'offer 192.0.2.103',
  ])
})

test('an address that answers is set aside, and the client gets another without the rest of the wait', () => {
  const link = new Link()
  link.users.set('192.0.2.100', STRANGER)
  link.send(1)
  link.pass(20)
  link.answer()
  expect(link.outcomes.get(mac(1))).toBe('checking 192.0.2.101')
  link.pass(280)
  expect(link.outcomes.get(mac(1))).toBe('offer 192.0.2.101')
  const [subnet] = link.scenario.desk.book.subnets
  expect(subnet?.leaseAt(ip('192.0.2.100'))).toMatchObject({ state: 'declined', mac: STRANGER })
  expect(link.scenario.store.load()).toMatchObject([{ address: ip('192.0.2.100'), state: 'declined' }])
  expect(subnet?.mayDecline()).toBe(true)
  link.pass(3600_000)
  link.users.clear()
  link.send(9)
  expect(subnet?.isFree(ip('192.0.2.100'), 'anyone', link.scenario.desk.nowMs())).toBe(true)
})

test('others are served while one waits', () => {
  const link = new Link()
  const known = link.scenario.lease(mac(9))
  link.send(1)
  expect(link.send(9, { type: 'REQUEST', ciaddr: known })).toBe(`ack ${known}`)
  expect(link.send(9)).toBe(`offer ${known}`)
  expect(link.outcomes.get(mac(1))).toBe('checking 192.0.2.101')
})

test('a client that had the address does not wait, not even when its lease is over', () => {
  const link = new Link()
  const address = link.scenario.lease(mac(1))
  link.pass(3700_000)
  expect(link.send(1)).toBe(`offer ${address}`)
  expect(link.asked).toEqual([])
})

test('the answer of the client itself is no conflict', () => {
  const link = new Link()
  link.users.set('192.0.2.100', mac(1))
  link.send(1)
  link.answer()
  expect(link.outcomes.get(mac(1))).toBe('offer 192.0.2.100')
})

test('an answer without a hardware address is a conflict of a client without one, too', () => {
  const { conflicts } = new Link()
  const check = () =>
    conflicts.check(
      ip('192.0.2.100'),
      '',
      () => undefined,
      () => null,
    )
  expect(check()).toEqual({ kind: 'wait' })
  conflicts.heard(ip('192.0.2.100'), '')
  expect(check()).toEqual({ kind: 'taken', by: '' })
})

test('somebody heard with the address between OFFER and REQUEST has it asked about again, and the client is refused', () => {
  const link = new Link()
  link.send(1)
  link.pass(300)
  link.conflicts.heard(ip('192.0.2.100'), STRANGER)
  link.users.set('192.0.2.100', STRANGER)
  expect(link.send(1, { type: 'REQUEST', server: SERVER, requested: '192.0.2.100' })).toBe('checking 192.0.2.100')
  link.answer()
  expect(link.outcomes.get(mac(1))).toBe('nak 192.0.2.100')
  const subnet = link.scenario.desk.book.subnetOf(ip('192.0.2.100'))
  expect(subnet?.heldAt(ip('192.0.2.100'))).toBeNull()
  expect(subnet?.leaseAt(ip('192.0.2.100'))).toMatchObject({ state: 'declined', mac: STRANGER })
})

test('a reserved address that a stranger uses is not given to its client, which gets another', () => {
  const link = new Link()
  link.users.set('192.0.2.50', STRANGER)
  const parts = { mac: '52:54:00:00:00:52' }
  link.send(0, parts)
  link.answer()
  link.pass(300)
  expect(link.outcomes.get('52:54:00:00:00:52')).toBe('offer 192.0.2.100')
  link.pass(600_000)
  link.users.clear()
  link.send(0, parts)
  link.pass(300)
  expect(link.outcomes.get('52:54:00:00:00:52')).toBe('offer 192.0.2.50')
})

test('a repeated message of a waiting client takes the place of the first', () => {
  const link = new Link()
  link.send(1)
  expect(link.send(1)).toBe('checking 192.0.2.100')
  link.pass(300)
  expect(link.outcomes.get(mac(1))).toBe('offer 192.0.2.100')
  expect(link.isArmed).toBe(false)
})

test('a pool full of strangers leaves the client without an offer, and ends', () => {
  const link = new Link()
  for (let at = 100; at < 110; at++) link.users.set(`192.0.2.${at}`, `00:11:22:33:44:${at}`)
  link.send(1)
  for (let round = 0; round < 20; round++) {
    link.answer()
    link.pass(300)
  }
  expect(link.outcomes.get(mac(1))).toMatch(/^(pool_exhausted|address_conflict) /)
  expect(link.isArmed).toBe(false)
})

test('a flood of made-up clients is offered addresses unasked beyond a bound, and the wait stays bounded', () => {
  const wide = new DeskScenario({ subnet: '192.0.0.0/16', pools: [{ first: '192.0.4.0', last: '192.0.250.0' }] })
  const link = new Link(wide)
  for (let number = 0; number < 2000; number++)
    link.send(0, {
      mac: `02:00:00:00:${(number >> 8).toString(16).padStart(2, '0')}:${(number & 255).toString(16).padStart(2, '0')}`,
    })
  expect(link.conflicts.unasked).toBeGreaterThan(900)
  expect(link.asked.length).toBeLessThanOrEqual(1024)
  link.pass(300)
  expect([...link.outcomes.values()].filter((outcome) => outcome.startsWith('checking'))).toEqual([])
})

test.each([
  ['that were never used', 0],
  ['whose leases are over', 20_000],
])('at 1,000 new clients in a second only the first wait, with addresses %s', (_, leased) => {
  const wide = new DeskScenario({ subnet: '192.0.0.0/16', pools: [{ first: '192.0.4.0', last: '192.0.82.31' }] })
  const link = new Link(wide)
  const macOf = (number: number): string =>
    `02:00:00:00:${(number >> 8).toString(16).padStart(2, '0')}:${(number & 255).toString(16).padStart(2, '0')}`
  if (leased > 0) {
    const first = ip('192.0.4.0')
    wide.desk.enter(
      Array.from({ length: leased }, (_, at) => ({
        ...{
          address: first + at,
          client: `h1:00:${macOf(at)}`,
          mac: `00:${macOf(at)}`,
          clientId: null,
          hostname: null,
        },
        ...{ state: 'released' as const, startsMs: 0, endsMs: at, relay: 0, circuitId: null, remoteId: null },
        reserved: false,
      })),
    )
    wide.desk.settle()
  }
  let waited = 0
  for (let number = 0; number < 4000; number++) {
    link.send(0, { mac: macOf(number) })
    if (link.outcomes.get(macOf(number))?.startsWith('checking') === true) waited = number
    link.pass(1)
  }
  expect(waited).toBeGreaterThan(250)
  expect(waited).toBeLessThan(600)
  expect(link.conflicts.unasked).toBe(0)
  expect(new Set(link.outcomes.values()).size).toBe(4000)
  expect(link.asked.length).toBeLessThan(2 * (4000 + 1024))
})

test('says once of a host that it answers for everything, and of no more than sixteen', () => {
  const link = new Link()
  const ask = (): void => undefined
  /** Answers for 20 addresses, each of which was asked about. */
  const claimAll = (host: number): string[] =>
    Array.from({ length: 20 }, (_, index) => {
      const address = host * 100 + index
      link.conflicts.check(address, '', ask, () => null)
      return link.conflicts.heard(address, mac(host))
    })
  expect(claimAll(0).slice(15)).toEqual(['answer', 'too many', 'disbelieved', 'disbelieved', 'disbelieved'])
  link.conflicts.restart(300)
  expect(claimAll(0).slice(15)).toEqual(['answer', ...Array(4).fill('disbelieved')])
  const news = Array.from({ length: 20 }, (_, host) => claimAll(host + 1)).flat()
  expect(news.filter((heard) => heard === 'too many')).toHaveLength(15)
})

test('begun anew it answers nobody who waited, knows of no address, and goes by the new wait', () => {
  const link = new Link()
  expect(link.send(1)).toMatch(/^checking /)
  link.conflicts.restart(100)
  expect(link.isArmed).toBe(false)
  link.pass(1000)
  expect(link.outcomes.get(mac(1))).toMatch(/^checking /)
  expect(link.send(1)).toMatch(/^checking /)
  link.pass(100)
  expect(link.outcomes.get(mac(1))).toMatch(/^offer /)
})
