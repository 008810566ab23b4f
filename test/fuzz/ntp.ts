import fc from 'fast-check'
import { type Asking, ask, makeServer, request } from '../ntp/fixture.ts'
import { checkReply } from '../ntp/invariants.ts'
import { runProofs } from './ntp-proof.ts'

/** Any octets, half of them dressed as a request so that they get past the first octet. */
const datagram = fc
  .tuple(fc.boolean(), fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 1500, size: 'max' }))
  .map(([dressed, first, bytes]) => {
    if (dressed && bytes.length > 0) bytes[0] = [0x23, 0x1b, 0x13, 0x0b, 0x08, 0x21, first][first % 7] ?? 0x23
    return bytes
  })

/** Bodies with well-formed fields are rare among random bytes, so they are made. */
const fields = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 20 })), { maxLength: 6 })
  .map((list) => {
    const tail = list.map(([type, words]) => {
      const bytes = Buffer.alloc(Math.max(4, words * 4))
      bytes.writeUInt16BE(type, 0)
      bytes.writeUInt16BE(words * 4, 2)
      return bytes
    })
    return new Uint8Array(request(0x23, Buffer.concat(tail)))
  })

/** Arrivals around 1970, today, the rollover of 2036 and beyond; answers up to four seconds later. */
const asking: fc.Arbitrary<Required<Pick<Asking, 'seconds' | 'nanoseconds' | 'laterNs' | 'port'>>> = fc.record({
  seconds: fc.oneof(
    fc.integer({ min: 0, max: 100 }),
    fc.integer({ min: 1_795_000_000, max: 1_796_000_000 }),
    fc.integer({ min: 2_085_978_490, max: 2_085_978_510 }),
    fc.integer({ min: 0, max: 2 ** 35 }),
  ),
  nanoseconds: fc.oneof(fc.constantFrom(0, 999_999_999), fc.integer({ min: 0, max: 999_999_999 })),
  laterNs: fc.integer({ min: -999_999_999, max: 4_000_000_000 }).map((ns) => Math.max(0, ns)),
  port: fc.constantFrom(123, 1024, 65_535),
})

const settings = fc.record({
  clock: fc.constantFrom('local' as const, 'kernel' as const, 'auto' as const),
  localStratum: fc.integer({ min: 0, max: 15 }),
  kernelStratum: fc.integer({ min: 1, max: 15 }),
  rateLimit: fc.constantFrom(null, { intervalMs: 1000, burst: 1, kod: true }),
})

/**
 * Throws at the first datagram that breaks an invariant: never longer than the request, version and mode right, origin
 * untouched, reference before receive before transmit, never a zero time, stratum at most 15.
 */
export function run(runs: number, seed: number): void {
  fc.assert(
    fc.property(fc.oneof(datagram, fields), asking, settings, fc.nat(), (bytes, when, set, random) => {
      const server = makeServer(set, null, random)
      const original = Buffer.from(bytes)
      for (let times = 0; times < 3; times++) checkReply(original, ask(server, bytes, when), when.seconds)
    }),
    { numRuns: runs, seed },
  )
  runProofs(runs, seed)
}
