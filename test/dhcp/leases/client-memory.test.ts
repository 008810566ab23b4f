import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { formatHex } from '../../../daemons/dhcp/message/hex.ts'
import { sanitizeHostname } from '../../../daemons/dhcp/message/hostname.ts'

/** The most clients that one subnet holds an offer for. */
const CLIENTS = 16_384

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Octets of memory that each of many values takes. */
function bytesPer<T>(make: (bytes: Uint8Array) => T): number {
  const bytes = new Uint8Array(255)
  const kept: T[] = []
  collect()
  const before = process.memoryUsage().heapUsed
  for (let index = 0; index < CLIENTS; index++) {
    bytes.fill(97 + (index % 26))
    kept.push(make(bytes))
  }
  collect()
  const each = (process.memoryUsage().heapUsed - before) / kept.length
  expect(kept).toHaveLength(CLIENTS)
  return each
}

describe('what is kept of each client takes little more than its text', () => {
  test.each([
    ['an identifier', (bytes: Uint8Array) => formatHex(bytes), 510],
    ['an identifier as people write it', (bytes: Uint8Array) => formatHex(bytes, ':'), 764],
    ['a name', (bytes: Uint8Array) => sanitizeHostname(bytes), 63],
    [
      'a name of many labels',
      (bytes: Uint8Array) => sanitizeHostname(bytes.map((one, at) => (at % 8 ? one : 46))),
      253,
    ],
  ] as const)('%s', (_title, make, characters) => {
    expect(bytesPer(make)).toBeLessThan(characters + 100)
  })
})

test('sanitizeHostname looks at no more octets than a name can have', () => {
  expect(sanitizeHostname(new Uint8Array(4000).fill(45).fill(97, 300))).toBeNull()
})
