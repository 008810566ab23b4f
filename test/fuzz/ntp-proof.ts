import fc from 'fast-check'
import { parseKeyFile } from '../../daemons/ntp/auth/key-file.ts'
import { readKeyAnswer } from '../../daemons/ntp/nts/exchange-keys.ts'
import { decodeRecords, encodeRecords, type KeRecord, RECORD } from '../../daemons/ntp/nts/ke-records.ts'
import { answerKeyRequest } from '../../daemons/ntp/nts/ke-request.ts'
import { decodeNtsAnswer } from '../../daemons/ntp/nts/nts-question.ts'
import { ask } from '../ntp/fixture.ts'
import { NtsPair } from '../ntp/nts/fixture.ts'

/** Changes to a protected packet: octets, a cut, something behind it. */
const damage = fc.record({
  octets: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 }),
  cut: fc.option(fc.nat(), { nil: null, freq: 6 }),
  more: fc.option(fc.uint8Array({ maxLength: 300 }), { nil: null, freq: 6 }),
})

const records = fc.array(
  fc.record<KeRecord>({
    critical: fc.boolean(),
    type: fc.oneof(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 0x7fff })),
    body: fc.oneof(fc.constantFrom(Uint8Array.of(0, 0), Uint8Array.of(0, 15)), fc.uint8Array({ maxLength: 20 })),
  }),
  { maxLength: 12 },
)

/**
 * Throws when a protected request that was damaged gets anything but silence, a refusal or, where only what nobody signed
 * was changed, the right answer; when a damaged answer counts; or when records of the key establishment break something.
 */
export function runProofs(runs: number, seed: number): void {
  const pair = new NtsPair()
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 7 }), damage, (placeholders, how) => {
      const question = pair.question(placeholders)
      const { reply, outcome } = ask(pair.server, apply(question, how))
      const isSame = Buffer.compare(apply(question, how).subarray(0, question.length), question) === 0
      // What is cut off may leave a plain request behind.
      const isPlain = reply?.length === 48
      expectThat(isSame || isPlain || outcome !== 'answered', 'a damaged request gets no protected answer')
      const good = ask(pair.server, question).reply ?? Buffer.alloc(0)
      expectThat(good.length <= question.length, 'an answer is no longer than its request')
      const damaged = apply(good, how)
      const isSound = Buffer.compare(damaged.subarray(0, good.length), good) === 0
      const judged = decodeNtsAnswer(damaged, pair.unique, pair.toClient).kind
      expectThat(isSound || judged !== 'authentic', 'a damaged answer does not count')
      if (reply !== null && outcome.startsWith('nts_'))
        expectThat(reply.toString('latin1', 12, 16) === 'NTSN', 'a refusal says so')
    }),
    { numRuns: runs, seed },
  )
  fc.assert(
    fc.property(records, fc.uint8Array({ maxLength: 300 }), (list, noise) => {
      const bytes = encodeRecords(list.filter(({ type }) => type !== RECORD.end))
      const decoded = decodeRecords(bytes)
      expectThat(decoded !== null && !decoded.after, 'a message ends where it ends')
      expectThat(Buffer.compare(encodeRecords(decoded?.records ?? []), bytes) === 0, 'records come back as they went')
      for (const message of [decoded, decodeRecords(noise)]) {
        if (message === null) continue
        const told = { server: 'time.example', port: 1123 }
        const answer = answerKeyRequest(message.records, told, () => new Uint8Array(100))
        const cookies = answer.records.filter(({ type }) => type === RECORD.cookie).length
        expectThat(cookies === (answer.outcome === 'established' ? 8 : 0), 'cookies only for who has agreed')
        quietly(() => readKeyAnswer(message.records))
      }
    }),
    { numRuns: runs, seed },
  )
  fc.assert(
    fc.property(fc.string({ maxLength: 200, unit: 'binary' }), (text) => void parseKeyFile(text)),
    { numRuns: runs, seed },
  )
}

function apply(
  packet: Uint8Array,
  { octets, cut, more }: typeof damage extends fc.Arbitrary<infer T> ? T : never,
): Buffer {
  const bytes = Buffer.from(packet)
  for (const [at, change] of octets) {
    const place = at % bytes.length
    bytes[place] = (bytes[place] ?? 0) ^ change
  }
  const kept = cut === null ? bytes : bytes.subarray(0, cut % (bytes.length + 1))
  return more === null ? kept : Buffer.concat([kept, more])
}

/** It says in words what is wrong, or takes it. */
function quietly(work: () => unknown): void {
  try {
    work()
  } catch (error) {
    expectThat(error instanceof Error && error.constructor === Error, `in words: ${String(error)}`)
  }
}

function expectThat(holds: boolean, what: string): void {
  if (!holds) throw new Error(`broken: ${what}`)
}
