import { describe, expect, test } from 'vitest'
import { ClientTable } from '../../daemons/ntp/client-table.ts'
import { parseAddress } from '../../daemons/wire/address.ts'
import { ARRIVAL, ask, makeServer, request } from './fixture.ts'

const bytesOf = (text: string): Uint8Array => parseAddress(text) ?? new Uint8Array(4)

describe('ClientTable', () => {
  test('finds the same record again, by all octets of the address', () => {
    const table = new ClientTable(64, 5)
    const find = (text: string): number => {
      const bytes = bytesOf(text)
      return table.client(bytes, 0, bytes.length, 1, 0)
    }
    const addresses = ['10.0.0.1', '10.0.0.2', '::1', '::2', '1::1', '0:1::1', '::1:0:1', '::a00:1']
    const places = addresses.map(find)
    expect(new Set(places).size).toBe(addresses.length)
    expect(addresses.map(find)).toEqual(places)
    expect(table.clients).toBe(addresses.length)
  })

  test('keeps networks apart from clients', () => {
    const table = new ClientTable(64, 5)
    const bytes = bytesOf('2001:db8::')
    expect(table.network(bytes, 0, 1, 0)).not.toBe(table.client(bytes, 0, 16, 1, 0))
    expect(table.clients).toBe(1)
    expect(table.newest(10, 0)).toHaveLength(1)
  })

  test('forgets the client unheard for the longest time when a set is full', () => {
    const table = new ClientTable(8, 5)
    for (let n = 0; n < 20; n++) {
      const record = table.client(Uint8Array.of(10, 0, 0, n), 0, 4, 1, n)
      table.countRequest(record, 4, n)
    }
    expect(table.clients).toBe(8)
    expect(table.newest(100, 0).map((client) => client.address[3])).toEqual([19, 18, 17, 16, 15, 14, 13, 12])
  })

  test('stays within its capacity under a million addresses', () => {
    const table = new ClientTable(1024, 5)
    const bytes = new Uint8Array(4)
    for (let n = 0; n < 1_000_000; n++) {
      bytes[0] = n >> 16
      bytes[1] = n >> 8
      bytes[2] = n
      table.client(bytes, 0, 4, 1, n)
    }
    expect(table.clients).toBe(1024)
    expect(table.newest(3, 0)).toHaveLength(3)
  })

  test('puts the same addresses elsewhere under another secret', () => {
    const place = (secret: number): number[] => {
      const table = new ClientTable(65_536, secret)
      return Array.from({ length: 16 }, (_, n) => table.client(Uint8Array.of(10, 0, 0, n), 0, 4, 1, 0))
    }
    expect(place(1)).toEqual(place(1))
    expect(place(1)).not.toEqual(place(2))
  })

  test('fills a bucket by one per interval, never over the burst, also when time goes back', () => {
    const table = new ClientTable(8, 5)
    const record = table.client(Uint8Array.of(10, 0, 0, 1), 0, 4, 2, 0)
    const charge = (now: number): boolean => table.charge(record, 100, 2, now)
    expect([charge(0), charge(0), charge(0)]).toEqual([true, true, false])
    expect([charge(99), charge(100), charge(100)]).toEqual([false, true, false])
    expect([charge(50), charge(1e9), charge(1e9), charge(1e9)]).toEqual([false, true, true, false])
  })
})

describe('the clock of a client', () => {
  /** Asks with these transmit timestamps, each this much ahead of its arrival. */
  function clockAfter(...ahead: readonly (number | 'zero' | 'random')[]): [string, number | null] {
    const server = makeServer()
    for (const [index, one] of ahead.entries()) {
      const bytes = request(0x23)
      const seconds = ARRIVAL + 64 * index
      if (one === 'zero') bytes.writeBigUInt64BE(0n, 40)
      else if (one === 'random') bytes.writeUInt32BE(Math.imul(index + 1, 0x9e37_79b1) >>> 0, 40)
      else {
        const told = ((seconds + 2_208_988_800) % 2 ** 32) + one
        bytes.writeUInt32BE(Math.floor(told) >>> 0, 40)
        bytes.writeUInt32BE(Math.floor((told - Math.floor(told)) * 2 ** 32), 44)
      }
      ask(server, bytes, { seconds, nanoseconds: 0 })
    }
    const [client] = server.clients.newest(1, 0)
    return [client?.clock ?? '', client?.errorSeconds ?? null]
  }

  test.each([
    ['unknown after one request', [0.25], ['unknown', null]],
    ['told when it sends its time', [0.25, 0.2500001], ['real', 0.25]],
    ['told when it is years behind', [-1.7e9, -1.7e9], ['real', -1.7e9]],
    ['zero', ['zero', 'zero'], ['zero', null]],
    ['a nonce', ['random', 'random', 'random'], ['nonce', null]],
    ['not told the moment it is set', [0.25, 0.25, 3600, 'zero'], ['zero', null]],
    ['unknown the moment it is set', [0.25, 0.25, 3600], ['unknown', null]],
    ['told again after it was set', [0.25, 0.25, 3600, 3600], ['real', 3600]],
    ['told after nonces', ['random', 'random', -5, -5], ['real', -5]],
  ] as const)('is %s', (_title, ahead, [clock, error]) => {
    const [found, errorSeconds] = clockAfter(...ahead)
    expect(found).toBe(clock)
    if (error === null) expect(errorSeconds).toBeNull()
    else expect(errorSeconds).toBeCloseTo(error, 5)
  })
})

test('the reason of the last refusal is kept with the client', () => {
  const server = makeServer({ allow: ['192.0.2.0/24'], rateLimit: { intervalMs: 1000, burst: 1, kod: true } })
  const refused = (): string | null => server.clients.newest(1, 0)[0]?.refused ?? null
  ask(server, request(0x23))
  expect(refused()).toBeNull()
  ask(server, request(0x23))
  expect(refused()).toBe('kissed')
  ask(server, request(0x23), { nowMs: 5000 })
  expect(refused()).toBe('kissed')
  ask(server, request(0x23), { from: '198.51.100.7', nowMs: 6000 })
  expect(refused()).toBe('denied')
})
