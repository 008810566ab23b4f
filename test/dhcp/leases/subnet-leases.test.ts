import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isOccupied, type Lease } from '../../../daemons/dhcp/leases/lease.ts'
import { NameTable } from '../../../daemons/dhcp/leases/name-table.ts'
import { SubnetLeases } from '../../../daemons/dhcp/leases/subnet-leases.ts'
import { isInPool, planSubnet, type SubnetPlan } from '../../../daemons/dhcp/subnets/subnet-plan.ts'
import { formatIpv4 } from '../../../daemons/wire/address.ts'
import { ip } from '../client-message.ts'
import { attachedSubnet } from '../fixture.ts'

const FIRST = ip('192.0.2.100')
const NOBODY = new Set<number>()
const range = (from: number, to: number): { first: string; last: string } => ({
  first: formatIpv4(FIRST + from),
  last: formatIpv4(FIRST + to),
})
/** Two pools of four addresses; those of a lease may lie beside them, as that of a reservation does. */
const plan = planSubnet({ ...attachedSubnet, reservations: [], pools: [range(0, 3), range(5, 8)] }, [])

const anyLease = fc.record({
  offset: fc.nat(9),
  number: fc.nat(6),
  state: fc.constantFrom('bound', 'bound', 'bound', 'released', 'declined'),
  seconds: fc.oneof(fc.nat(100), fc.constant(Number.POSITIVE_INFINITY)),
  name: fc.option(fc.constantFrom('printer', 'Printer', 'desk')),
})
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constantFrom('put', 'put back', 'take next', 'hold'), lease: anyLease }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait'), lease: anyLease }) },
)

function makeLease(
  { offset, number, state, seconds, name }: typeof anyLease extends fc.Arbitrary<infer T> ? T : never,
  nowMs: number,
): Lease {
  const mac = `52:54:00:00:00:0${number}`
  return {
    ...{ address: FIRST + offset, client: `h1:${mac}`, mac, clientId: null, hostname: name, state, startsMs: nowMs },
    ...{ endsMs: nowMs + seconds * 1000, relay: 0, circuitId: null, remoteId: null, reserved: false },
  }
}

/** What must be true of the subnet, from a Map of its leases. */
function expectLike(subnet: SubnetLeases, model: ReadonlyMap<number, Lease>, nowMs: number): void {
  const occupied = [...model.values()].filter((lease) => isOccupied(lease, nowMs))
  const inPool = occupied.filter(({ address }) => isInPool(plan, address))
  const holds = [...subnet.holds()].map(({ address }) => address)
  expect(subnet.boundCount()).toBe(occupied.filter(({ state }) => state === 'bound').length)
  expect(subnet.freeCount()).toBe(Math.max(0, plan.poolSize - inPool.length - holds.length))
  for (const { index, first, last } of plan.pools.all)
    expect(subnet.occupiedInPool(index)).toBe(
      inPool.filter(({ address }) => address >= first && address <= last).length,
    )
  for (let offset = 0; offset <= 9; offset++) {
    const lease = model.get(FIRST + offset)
    expect(subnet.leaseAt(FIRST + offset)).toEqual(lease)
    const isTaken = lease !== undefined && isOccupied(lease, nowMs)
    expect(subnet.isFree(FIRST + offset, 'new', nowMs)).toBe(!isTaken && !holds.includes(FIRST + offset))
  }
  const next = subnet.nextFree('new', [], NOBODY, nowMs)
  expect(next === null).toBe(subnet.freeCount() === 0)
  if (next !== null) expect(isInPool(plan, next) && subnet.isFree(next, 'new', nowMs)).toBe(true)
  expect(new Map([...subnet.leases()].map((lease) => [lease.address, lease]))).toEqual(model)
}

function makeSubnet(own: SubnetPlan): { subnet: SubnetLeases; names: NameTable } {
  const names: NameTable = new NameTable((address) => subnet.leaseAt(address), 7)
  const subnet: SubnetLeases = new SubnetLeases(own, names, 7)
  return { subnet, names }
}

test('SubnetLeases counts, gives and names like a Map of leases, through every change and a start on what was there', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let { subnet, names } = makeSubnet(plan)
      let nowMs = 0
      const model = new Map<number, Lease>()
      for (const { kind, lease: parts } of steps) {
        const lease = makeLease(parts, nowMs)
        if (kind === 'wait') nowMs += parts.offset * 10_000
        else if (kind === 'hold')
          subnet.hold({ ...lease, address: FIRST + (parts.offset % 4), client: `hold ${parts.number}` }, nowMs)
        else if (kind === 'put back') subnet.restore(lease.address, subnet.put(lease, nowMs), nowMs)
        else {
          const next = kind === 'put' ? lease.address : subnet.nextFree('new', [], NOBODY, nowMs)
          if (next === null) continue
          subnet.put({ ...lease, address: next }, nowMs)
          model.set(next, { ...lease, address: next })
        }
        subnet.sweep(nowMs)
      }
      for (const { client } of [...subnet.holds()]) subnet.dropHold(client)
      expectLike(subnet, model, nowMs)
      const named = [...model.values()].filter((lease) => isOccupied(lease, nowMs) && lease.hostname !== null)
      for (const name of ['printer', 'desk']) {
        const has = named.some(({ hostname }) => hostname?.toLowerCase() === name)
        if (!has) expect(names.give(name, 'new', 0)).toBe(name)
      }
      ;({ subnet, names } = makeSubnet(plan))
      for (const lease of model.values()) subnet.load(lease, nowMs)
      subnet.queue(nowMs)
      expectLike(subnet, model, nowMs)
      for (const name of ['printer', 'desk']) {
        const has = named.some(({ hostname }) => hostname?.toLowerCase() === name)
        expect(names.give(name, 'new', 0) === name).toBe(!has)
      }
    }),
    { numRuns: 300 },
  )
})
