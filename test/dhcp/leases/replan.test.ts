import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Lease } from '../../../daemons/dhcp/leases/lease.ts'
import { LeaseBook, type ServedSubnets } from '../../../daemons/dhcp/leases/lease-book.ts'
import type { DhcpSubnet } from '../../../daemons/dhcp/section.ts'
import { formatIpv4 } from '../../../daemons/wire/address.ts'
import { ip } from '../client-message.ts'
import { DeskScenario, served } from '../desk-scenario.ts'
import { attachedSubnet, option, relayedSubnet, reservation } from '../fixture.ts'
import { dhcpClass } from '../settings.ts'

const FIRST = ip('192.0.2.96')
/** Addresses that leases are of: in three subnets, or in none. */
const OFFSETS = 40
const SECONDS = 20
const NOBODY = new Set<number>()
const macOf = (number: number): string => `52:54:00:00:00:${String(number).padStart(2, '0')}`
const range = (from: number, to: number): { first: string; last: string } => ({
  first: formatIpv4(FIRST + from),
  last: formatIpv4(FIRST + to),
})

const POOLS = [
  [range(4, 11)],
  [range(2, 5), { ...range(6, 12), classes: ['phones'] }],
  [{ ...range(2, 5), classes: ['phones'] }, range(6, 12)],
  [range(4, 7), range(8, 11)],
  [range(0, 15)],
  [],
]
const RESERVATIONS = [
  [],
  [reservation({ macs: [macOf(5), macOf(6)], address: formatIpv4(FIRST + 5), hostname: 'host-9' })],
  [reservation({ macs: [macOf(6), macOf(5), macOf(7)], address: formatIpv4(FIRST + 1) })],
  [reservation({ clientIds: ['0102'], address: formatIpv4(FIRST + 7) })],
]
/** The first subnet in all its forms, and one beside it that comes and goes. */
const anySection: fc.Arbitrary<ServedSubnets> = fc
  .record({
    subnet: fc.constantFrom('192.0.2.96/28', '192.0.2.96/28', '192.0.2.96/28', '192.0.2.96/27', '192.0.2.64/26', ''),
    pools: fc.constantFrom(...POOLS),
    reservations: fc.constantFrom(...RESERVATIONS),
    routers: fc.constantFrom<string[]>([], [formatIpv4(FIRST + 9)]),
    dns: fc.constantFrom('c0000201', 'c0000202'),
    other: fc.boolean(),
    phones: fc.boolean(),
  })
  .map(({ other, subnet, dns, phones, ...rest }) => {
    const first: DhcpSubnet = { ...attachedSubnet, ...rest, subnet, options: [option(6, dns)] }
    const second: DhcpSubnet = { ...attachedSubnet, subnet: '192.0.2.128/29', pools: [range(33, 36)], reservations: [] }
    return {
      classes: phones ? [dhcpClass('other', {}), dhcpClass('phones', {})] : [dhcpClass('phones', {})],
      subnets: [...(subnet === '' ? [] : [first]), ...(other ? [second] : [])],
    }
  })

const anyStep = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom<('put' | 'hold' | 'wait')[]>('put', 'put', 'put', 'put', 'hold', 'wait'),
      number: fc.nat(OFFSETS - 1),
      state: fc.constantFrom<Lease['state'][]>('bound', 'bound', 'bound', 'released', 'declined'),
      hasId: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('replan' as const), section: anySection }) },
)

/** A device has one address, in whatever state: so its lease is the one to find, which the order of loading cannot change. */
function leaseOf(number: number, state: Lease['state'], hasId: boolean, nowMs: number): Lease {
  const mac = macOf(number)
  const clientId = hasId ? `01${number}` : null
  return {
    ...{ address: FIRST + number, client: hasId ? `i${clientId}` : `h1:${mac}`, mac, clientId, state },
    ...{ hostname: `host-${number}`, startsMs: nowMs, endsMs: nowMs + SECONDS * 1000, relay: 0 },
    ...{ circuitId: number % 3 === 0 ? null : `0${number % 3}`, remoteId: null, reserved: false },
  }
}

/** What anybody can see of a book; addresses are given until none is left. */
function seen(book: LeaseBook, nowMs: number): unknown {
  const clients = [...book.leases()].map(({ client }) => client)
  return {
    leases: new Map([...book.leases()].map((lease) => [lease.address, lease])),
    strays: new Set([...book.strays()].map(({ address }) => address)),
    names: Array.from({ length: OFFSETS }, (_, number) => book.names.addressOf(`host-${number}`)),
    subnets: book.subnets.map((subnet) => ({
      plan: { name: subnet.plan.name, dns: subnet.plan.profiles.plain, poolSize: subnet.plan.poolSize },
      counts: [subnet.boundCount(), subnet.freeCount(), subnet.mayDecline()],
      pools: subnet.plan.pools.all.map(({ index }) => subnet.occupiedInPool(index)),
      ports: ['0 01/', '0 02/'].map((port) => subnet.boundOfPort(port)),
      found: new Map(clients.map((client) => [client, subnet.leaseOf(client)?.address])),
      given: [[], [0], [1]].map((classes) => givenTo(classes, subnet, nowMs)),
    })),
  }
}

/** The addresses that new clients of some classes get; the offers are taken back. */
function givenTo(classes: readonly number[], subnet: LeaseBook['subnets'][number], nowMs: number): Set<number> {
  const given = new Set<number>()
  for (;;) {
    const client = `new ${given.size}`
    const address = subnet.nextFree(client, classes, NOBODY, nowMs)
    if (address === null) break
    given.add(address)
    subnet.hold({ ...leaseOf(address - FIRST, 'bound', false, nowMs), client }, nowMs)
  }
  for (let number = 0; number < given.size; number++) subnet.dropHold(`new ${number}`)
  return given
}

function enter(book: LeaseBook, kind: 'put' | 'hold', lease: Lease, nowMs: number): 'put' | null {
  const subnet = book.subnetOf(lease.address)
  if (subnet === null) return null
  const host = subnet.plan.reservations.byMac.get(lease.mac)
  const named = { ...lease, client: host === undefined ? lease.client : `r${host.macs[0]}` }
  if (kind === 'put') subnet.put(named, nowMs)
  else if (subnet.isFree(lease.address, named.client, nowMs)) subnet.hold(named, nowMs)
  return kind === 'put' ? kind : null
}

test('LeaseBook goes by another section as one that was made for it, whatever happened before', () => {
  fc.assert(
    fc.property(anySection, fc.array(anyStep, { maxLength: 60 }), anySection, (first, steps, last) => {
      let nowMs = 0
      const book = new LeaseBook(first, [], nowMs, 0, 7)
      const put = new Map<number, number>()
      for (const step of [...steps, { kind: 'replan' as const, section: last }]) {
        nowMs += 1
        book.sweep(nowMs)
        if (step.kind === 'replan') book.replan(step.section, nowMs)
        else if (step.kind === 'wait') nowMs += (SECONDS * 1000) / 3
        else if (enter(book, step.kind, leaseOf(step.number, step.state, step.hasId, nowMs), nowMs) === 'put')
          put.set(FIRST + step.number, nowMs)
      }
      const holds = book.subnets.flatMap((subnet) => [...subnet.holds()].map((hold) => ({ subnet, ...hold })))
      for (const { subnet, address, client } of holds) {
        expect(subnet.heldFor(client)).toBe(address)
        subnet.dropHold(client)
      }
      expect(new Map([...book.leases()].map(({ address, startsMs }) => [address, startsMs]))).toEqual(put)
      for (const passedMs of [0, SECONDS * 1000]) {
        nowMs += passedMs
        book.sweep(nowMs)
        expect(seen(book, nowMs)).toEqual(seen(new LeaseBook(last, [...book.leases()], nowMs, 0, 7), nowMs))
      }
    }),
    { numRuns: 500 },
  )
})

test('LeaseBook gives what was the broadcast address of the network before it grew', () => {
  const subnet = { ...attachedSubnet, subnet: '192.0.2.96/28', pools: [range(14, 15)], reservations: [] }
  const book = new LeaseBook(served(subnet), [], 0, 0, 7)
  const given = (): Set<number> | null => (book.subnets[0] === undefined ? null : givenTo([], book.subnets[0], 0))
  expect(given()).toEqual(new Set([FIRST + 14]))
  book.replan(served({ ...subnet, subnet: '192.0.2.96/27' }), 0)
  expect(given()).toEqual(new Set([FIRST + 14, FIRST + 15]))
})

describe('LeaseDesk.replan', () => {
  const PLAIN = '52:54:00:00:00:01'

  test('keeps an offer that is out, so that nobody else is offered the address', () => {
    const scenario = new DeskScenario()
    const { address } = scenario.send({ mac: PLAIN })
    scenario.desk.replan(served({ ...attachedSubnet, options: [] }, relayedSubnet))
    expect(scenario.send({ mac: '52:54:00:00:00:02' }).address).not.toBe(address)
    const request = { mac: PLAIN, type: 'REQUEST', server: '192.0.2.1', requested: address } as const
    expect(scenario.send(request)).toMatchObject({ outcome: 'ack', address })
  })

  test('keeps an offer of an address that another pool has, and drops that of one in no pool', () => {
    const scenario = new DeskScenario()
    const offered = [PLAIN, '52:54:00:00:00:02'].map((mac) => scenario.send({ mac }).address)
    expect(offered).toEqual(['192.0.2.100', '192.0.2.101'])
    scenario.desk.replan(served({ ...attachedSubnet, pools: [{ first: '192.0.2.101', last: '192.0.2.102' }] }))
    expect([...(scenario.desk.book.subnets[0]?.holds() ?? [])].map(({ client }) => client)).toEqual([
      'h1:52:54:00:00:00:02',
    ])
    expect(scenario.send({ mac: '52:54:00:00:00:03' }).address).toBe('192.0.2.102')
    expect(scenario.send({ mac: '52:54:00:00:00:04' }).outcome).toBe('pool_exhausted')
  })

  test('keeps an offer for a device that has become one of a reservation', () => {
    const scenario = new DeskScenario()
    const { address } = scenario.send({ mac: PLAIN })
    scenario.desk.replan(served({ ...attachedSubnet, reservations: [reservation({ macs: [PLAIN], address })] }))
    const request = { mac: PLAIN, type: 'REQUEST', server: '192.0.2.1', requested: address } as const
    expect(scenario.send(request)).toMatchObject({ outcome: 'ack', address })
  })

  test('keeps an address in quarantine that its client found in use, also when the pools change', () => {
    const scenario = new DeskScenario()
    const address = scenario.lease(PLAIN)
    scenario.send({ mac: PLAIN, type: 'DECLINE', server: '192.0.2.1', requested: address })
    const pools = [{ first: address, last: address }]
    for (const changes of [{ options: [] }, { pools }]) {
      scenario.desk.replan(served({ ...attachedSubnet, ...changes }))
      const lease = scenario.desk.book.subnets[0]?.leaseAt(ip(address))
      expect(lease).toMatchObject({ state: 'declined' })
    }
    expect(scenario.send({ mac: '52:54:00:00:00:03' }).outcome).toBe('pool_exhausted')
  })
})
