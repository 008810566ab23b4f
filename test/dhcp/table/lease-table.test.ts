import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isOccupied, type Lease } from '../../../daemons/dhcp/leases/lease.ts'
import { LeaseTable } from '../../../daemons/dhcp/table/lease-table.ts'

/** Any text that UTF-8 can write. */
const text = fc.oneof(fc.string({ maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 300 }))
const textOrNull = fc.option(text)
/** Few, so that clients move and addresses change hands. */
const client = fc.oneof(
  fc.nat(5).map((number) => `h1:52:54:00:00:00:0${number}`),
  fc.nat(5).map((number) => `i0${number}ff`),
  fc.constantFrom('x', '', 'r52:54:00:00:00:01'),
)

const anyLease: fc.Arbitrary<Lease> = fc.record({
  address: fc.oneof(fc.nat(12), fc.constant(0xfffffffe)),
  client,
  mac: fc.oneof(
    fc.nat(5).map((number) => `52:54:00:00:00:0${number}`),
    text,
  ),
  clientId: fc.oneof(
    fc.nat(5).map((number) => `0${number}ff`),
    textOrNull,
  ),
  hostname: textOrNull,
  state: fc.constantFrom('bound', 'released', 'declined'),
  startsMs: fc.double({ noNaN: true }),
  endsMs: fc.oneof(fc.nat(100), fc.constant(Number.POSITIVE_INFINITY)),
  relay: fc.nat(0xffffffff),
  circuitId: textOrNull,
  remoteId: textOrNull,
  reserved: fc.boolean(),
})

/** The same with a Map of objects, which nobody can doubt. */
class LeaseModel {
  readonly leases = new Map<number, Lease>()
  readonly last = new Map<string, number>()

  put(lease: Lease): void {
    this.delete(lease.address)
    this.leases.set(lease.address, lease)
    if (lease.state !== 'declined') this.last.set(lease.client, lease.address)
  }

  delete(address: number): void {
    const before = this.leases.get(address)
    if (before !== undefined && this.last.get(before.client) === address) this.last.delete(before.client)
    this.leases.delete(address)
  }

  of(name: string): Lease | undefined {
    return this.leases.get(this.last.get(name) ?? -1)
  }

  endedBy(nowMs: number): number[] {
    return [...this.leases.values()].filter((lease) => !isOccupied(lease, nowMs)).map(({ endsMs }) => endsMs)
  }
}

const step = fc.oneof(
  { weight: 4, arbitrary: anyLease.map((lease) => ({ kind: 'put' as const, lease })) },
  { weight: 1, arbitrary: anyLease.map((lease) => ({ kind: 'delete' as const, lease })) },
)

describe('LeaseTable', () => {
  test('says what a Map of leases would, whatever was put in and deleted before', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.nat(0xffffffff), fc.nat(100), (steps, seed, nowMs) => {
        const table = new LeaseTable(seed)
        const model = new LeaseModel()
        for (const { kind, lease } of steps) {
          if (kind === 'put') {
            table.put(lease)
            model.put(lease)
          } else {
            table.delete(lease.address)
            model.delete(lease.address)
          }
          expect(table.of(lease.client)).toEqual(model.of(lease.client))
        }
        expect(table.size).toBe(model.leases.size)
        expect(new Map([...table.values()].map((lease) => [lease.address, lease]))).toEqual(model.leases)
        for (const { lease } of steps) {
          expect(table.at(lease.address)).toEqual(model.leases.get(lease.address))
          expect(table.of(lease.client)).toEqual(model.of(lease.client))
        }
        const ended = table.endedBy(nowMs).map((address) => model.leases.get(address)?.endsMs ?? Number.NaN)
        expect(ended).toEqual(model.endedBy(nowMs).sort((one, other) => (one < other ? -1 : one > other ? 1 : 0)))
      }),
    )
  })

  test('finds each client among so many that some have the same hash', () => {
    const table = new LeaseTable(1)
    const base: Lease = {
      ...{ address: 0, client: '', mac: '', clientId: null, hostname: null, state: 'bound', startsMs: 0, endsMs: 1 },
      ...{ relay: 0, circuitId: null, remoteId: null, reserved: false },
    }
    for (let at = 0; at < 150_000; at++) table.put({ ...base, address: at, client: `h1:${at}` })
    let lost = 0
    for (let at = 0; at < 150_000; at++) if (table.of(`h1:${at}`)?.address !== at) lost++
    expect(lost).toBe(0)
  })
})
