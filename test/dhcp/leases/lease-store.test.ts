import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Lease } from '../../../daemons/dhcp/leases/lease.ts'
import type { LeaseStore } from '../../../daemons/dhcp/leases/lease-store.ts'
import { MemoryLeaseStore } from '../../../daemons/dhcp/leases/memory-lease-store.ts'
import { type OpenedLeaseStore, openLeaseStore } from '../../../daemons/dhcp/leases/open-lease-store.ts'
import { ip } from '../client-message.ts'

const BEGAN_MS = 1_800_000_000_000
let folder = ''
let path = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-leases-'))
  path = join(folder, 'leases.sqlite')
})
afterEach(() => rmSync(folder, { recursive: true }))

function lease(address: string, more: Partial<Lease> = {}): Lease {
  return {
    address: ip(address),
    client: 'h1:52:54:00:00:00:01',
    mac: '52:54:00:00:00:01',
    clientId: null,
    hostname: null,
    state: 'bound',
    startsMs: BEGAN_MS,
    endsMs: BEGAN_MS + 3_600_000,
    relay: 0,
    circuitId: null,
    remoteId: null,
    reserved: false,
    ...more,
  }
}

/** Opens the file with all leases in it. */
function open(wallMs = BEGAN_MS): OpenedLeaseStore<readonly Lease[]> {
  return openLeaseStore(path, wallMs, (store) => [...store.load()])
}

const kinds: readonly (readonly [name: string, open: () => LeaseStore])[] = [
  ['memory', () => new MemoryLeaseStore(BEGAN_MS)],
  ['SQLite', () => open().store],
]

describe.each(kinds)('a lease store in %s', (_name, openStore) => {
  test('gives back what was stored, the last of each address', () => {
    const store = openStore()
    const full = lease('192.0.2.101', {
      client: 'i01ff',
      clientId: '01ff',
      hostname: 'a.b',
      state: 'declined',
      endsMs: Number.POSITIVE_INFINITY,
      relay: ip('198.51.100.1'),
      circuitId: '65',
      reserved: true,
    })
    store.commit([lease('192.0.2.100'), full])
    store.commit([lease('192.0.2.100', { state: 'released' })])
    const stored = [...store.load()].sort((one, other) => one.address - other.address)
    expect(stored).toEqual([lease('192.0.2.100', { state: 'released' }), full])
    store.close()
  })

  test('tells when it began, and proves itself without a lease', () => {
    const store = openStore()
    store.prove(BEGAN_MS + 1)
    expect(store.beganMs).toBe(BEGAN_MS)
    expect([...store.load()]).toEqual([])
    store.close()
    expect(() => store.prove(BEGAN_MS)).toThrow()
    expect(() => store.commit([lease('192.0.2.100')])).toThrow()
  })
})

describe('the lease file', () => {
  test('remembers when it was begun; one that is older than this memory was begun long ago', () => {
    open().store.close()
    const again = open(BEGAN_MS + 5000)
    expect(again.store.beganMs).toBe(BEGAN_MS)
    again.store.commit([lease('192.0.2.100')])
    again.store.close()
    const database = new DatabaseSync(path)
    database.exec('DROP TABLE store')
    database.close()
    expect(open(BEGAN_MS + 5000)).toMatchObject({ store: { beganMs: 0 }, made: [{}] })
  })

  test('that is damaged is set aside whole, and a new one begun', () => {
    writeFileSync(path, 'no database at all, and long enough to be read as the head of one '.repeat(20))
    copyFileSync(path, join(folder, 'copy'))
    const opened = open()
    expect(opened.setAside).toBe(`${path}.damaged-${BEGAN_MS}`)
    expect(readFileSync(opened.setAside ?? '')).toEqual(readFileSync(join(folder, 'copy')))
    expect(opened.store.beganMs).toBe(BEGAN_MS)
    opened.store.close()
    expect(readdirSync(folder)).toContain('leases.sqlite')
  })

  test('that turns out to be damaged while its leases are read is set aside as well', () => {
    const { store } = open()
    store.commit(Array.from({ length: 2000 }, (_, at) => lease(`192.0.${at >> 8}.${at & 255}`)))
    store.close()
    const bytes = readFileSync(path)
    bytes.fill(0xff, bytes.length - 4096)
    writeFileSync(path, bytes)
    const opened = open()
    expect(opened.made).toEqual([])
    expect(opened.setAside).toBe(`${path}.damaged-${BEGAN_MS}`)
    opened.store.close()
  })

  test('of a newer version is left alone', () => {
    const database = new DatabaseSync(path)
    database.exec('PRAGMA user_version = 99')
    database.close()
    expect(() => open()).toThrow('newer')
  })

  test('of the first version keeps its leases, and takes what it could not hold before', () => {
    const database = new DatabaseSync(path)
    database.exec(`CREATE TABLE lease (address TEXT PRIMARY KEY NOT NULL, client TEXT NOT NULL, mac TEXT NOT NULL,
        client_id TEXT, hostname TEXT, state TEXT NOT NULL, starts_ms INTEGER NOT NULL, ends_ms INTEGER, relay TEXT,
        circuit_id TEXT, reserved INTEGER NOT NULL) STRICT, WITHOUT ROWID;
      INSERT INTO lease VALUES ('192.0.2.100', 'h1:a', 'a', NULL, NULL, 'bound', 1, NULL, NULL, '65', 0);
      PRAGMA user_version = 1`)
    database.close()
    const { store, made, setAside } = open()
    expect(setAside).toBeNull()
    expect(made).toMatchObject([{ address: ip('192.0.2.100'), circuitId: '65', remoteId: null }])
    store.commit([lease('192.0.2.101', { remoteId: 'aabb' })])
    store.close()
    const again = open()
    expect(again.made.map(({ remoteId }) => remoteId)).toEqual([null, 'aabb'])
    again.store.close()
  })
})
