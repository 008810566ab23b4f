import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HOLD_MS, HoldTable } from '../../../daemons/dhcp/leases/hold-table.ts'
import type { Lease } from '../../../daemons/dhcp/leases/lease.ts'

const offered = (client: string, address: number): Lease => ({
  address,
  client,
  mac: '',
  clientId: null,
  hostname: null,
  state: 'bound',
  startsMs: 0,
  endsMs: 0,
  relay: 0,
  circuitId: null,
  remoteId: null,
  reserved: false,
})

test('HoldTable frees the address held before, and the oldest one when it is full', () => {
  const holds = new HoldTable(2)
  expect(holds.put(offered('a', 1), 0)).toEqual([])
  expect(holds.put(offered('a', 2), 1)).toEqual([1])
  expect(holds.put(offered('b', 3), 2)).toEqual([])
  expect(holds.put(offered('c', 4), 3)).toEqual([2])
  expect([holds.addressOf('a'), holds.addressOf('b'), holds.clientOf(4), holds.clientOf(2)]).toEqual([
    null,
    3,
    'c',
    null,
  ])
  expect([...holds.entries()].map(({ address }) => address)).toEqual([3, 4])
})

test('HoldTable ends holds in their order, each once, and not those that were dropped or renewed', () => {
  const holds = new HoldTable(9)
  holds.put(offered('a', 1), 0)
  holds.put(offered('b', 2), 10)
  holds.put(offered('c', 3), 20)
  holds.put(offered('a', 1), 30)
  expect(holds.drop('b')).toBe(2)
  expect(holds.drop('b')).toBeNull()
  expect(holds.takeLapsed(HOLD_MS + 19)).toBeNull()
  expect(holds.takeLapsed(HOLD_MS + 25)).toBe(3)
  expect(holds.takeLapsed(HOLD_MS + 25)).toBeNull()
  expect(holds.takeLapsed(HOLD_MS + 30)).toBe(1)
  expect(holds.size).toBe(0)
})

test('HoldTable agrees with itself whatever happens', () => {
  const happening = fc.tuple(fc.constantFrom('put', 'drop', 'lapse'), fc.nat(8), fc.nat(12), fc.nat(20_000))
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 300 }), (happenings) => {
      const holds = new HoldTable(5)
      let nowMs = 0
      for (const [what, client, address, passes] of happenings) {
        nowMs += passes
        if (what === 'lapse') while (holds.takeLapsed(nowMs) !== null);
        else if (what === 'drop') holds.drop(`c${client}`)
        else if ([null, `c${client}`].includes(holds.clientOf(address)))
          holds.put(offered(`c${client}`, address), nowMs)
        const entries = [...holds.entries()]
        expect(entries.length).toBeLessThanOrEqual(5)
        expect(holds.size).toBe(entries.length)
        for (const hold of entries) expect(holds.addressOf(hold.client)).toBe(hold.address)
        expect(new Set(entries.map((hold) => hold.client)).size).toBe(entries.length)
      }
    }),
  )
})
