import { expect, test } from 'vitest'
import { Lookahead } from '../../../daemons/dhcp/conflict/lookahead.ts'
import { FreeAddresses } from '../../../daemons/dhcp/leases/free-addresses.ts'

const all = (): boolean => true

test('Lookahead goes on where it ended, a bounded number of steps at a time', () => {
  const ahead = new Lookahead(new FreeAddresses([{ first: 1, last: 100 }]), 300)
  expect(ahead.goOn(10, all)).toEqual([])
  ahead.promise(1, false, 0)
  expect(ahead.goOn(3, (address) => address !== 1)).toEqual([2, 3, 4])
  expect(ahead.goOn(3, all)).toEqual([])
  ahead.promise(2, true, 0)
  expect(ahead.goOn(3, all)).toEqual([5])
  expect(ahead.goOn(100, all)).toHaveLength(16)
})

test('Lookahead begins again where the line went another way, but not at once', () => {
  const free = new FreeAddresses([{ first: 1, last: 2 }])
  for (const used of [10, 11, 12]) free.putUsed(used)
  const ahead = new Lookahead(free, 300)
  ahead.promise(1, false, 0)
  expect(ahead.goOn(9, all)).toEqual([1, 2, 10, 11, 12])
  free.putUnused(5)
  ahead.promise(5, false, 299)
  expect(ahead.goOn(9, all)).toEqual([])
  ahead.promise(5, false, 300)
  expect(ahead.goOn(9, all)).toEqual([1, 2, 5, 10, 11, 12])
})

test('coming passes over what the line has left behind meanwhile', () => {
  const free = new FreeAddresses([{ first: 1, last: 4 }])
  const gone = new Set<number>()
  const first = (): number | null => free.first((address) => !gone.has(address), all)
  for (let used = 10; used < 200; used++) free.putUsed(used)
  const walk = free.coming()[Symbol.iterator]()
  expect(walk.next().value).toBe(1)
  for (const address of [1, 2, 3]) gone.add(address)
  expect(first()).toBe(4)
  expect(walk.next().value).toBe(4)
  expect(walk.next().value).toBe(10)
  gone.add(4)
  for (let used = 10; used < 150; used++) gone.add(used)
  expect(first()).toBe(150)
  for (let used = 10; used < 150; used++) {
    gone.delete(used)
    free.putUsed(used)
  }
  expect(walk.next().value).toBe(150)
})
