import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LeaseStore } from '../../../daemons/dhcp/leases/lease-store.ts'
import { MemoryLeaseStore } from '../../../daemons/dhcp/leases/memory-lease-store.ts'
import { SqliteLeaseStore } from '../../../daemons/dhcp/leases/sqlite-lease-store.ts'
import type { Binding } from '../../../daemons/dhcp/v6/binding.ts'
import { address } from './client-message.ts'

const BEGAN_MS = 1_800_000_000_000
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-bindings-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function binding(text: string, more: Partial<Binding> = {}): Binding {
  return {
    address: address(text),
    duid: '0003000152540000',
    iaid: 1,
    mac: '52:54:00:00:00:01',
    hostname: null,
    state: 'bound',
    startsMs: BEGAN_MS,
    endsMs: BEGAN_MS + 3_600_000,
    preferredSeconds: 1800,
    relay: 0n,
    reserved: false,
    ...more,
  }
}

const kinds: readonly (readonly [name: string, open: () => LeaseStore])[] = [
  ['memory', () => new MemoryLeaseStore(BEGAN_MS)],
  ['SQLite', () => new SqliteLeaseStore(join(folder, 'leases.sqlite'), BEGAN_MS)],
]

describe.each(kinds)('a store of IPv6 leases in %s', (_name, open) => {
  test('gives back what was stored, the last of each address, and nothing of what was forgotten', () => {
    const store = open()
    const full = binding('2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', {
      iaid: 0xffffffff,
      mac: '',
      hostname: 'a.b',
      state: 'declined',
      endsMs: Number.POSITIVE_INFINITY,
      relay: address('fd00:51::1'),
      reserved: true,
    })
    store.bindings.commit([binding('fd00::1'), binding('fd00::2'), full], [])
    store.bindings.commit([binding('fd00::1', { state: 'released', hostname: 'c' })], [address('fd00::2')])
    const stored = [...store.bindings.load()].sort((one, other) => (one.address < other.address ? 1 : -1))
    expect(stored).toEqual([binding('fd00::1', { state: 'released', hostname: 'c' }), full])
    store.close()
  })
})

test('leases of both families are in one file, which a later daemon reads', () => {
  const path = join(folder, 'leases.sqlite')
  const first = new SqliteLeaseStore(path, BEGAN_MS)
  first.bindings.commit([binding('fd00::1')], [])
  first.close()
  const second = new SqliteLeaseStore(path, BEGAN_MS + 1)
  expect(second.bindings.load()).toEqual([binding('fd00::1')])
  expect([...second.load()]).toEqual([])
  second.close()
})
