import { describe, expect, test } from 'vitest'
import { type Answer, encodeQuestion, type Question, readAnswer } from '../../../daemons/ntp/client/exchange.ts'

const NONCE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const QUESTION: Question = { nonce: NONCE, back: null }
const SENT_NS = 1_795_000_000_000_000_000n
/** 2036-02-07 06:28:15.9 UTC: the era ends while the question is on its way. */
const ERA_END_NS = 2_085_978_495_900_000_000n

interface Said {
  readonly leap?: number
  readonly version?: number
  readonly mode?: number
  readonly stratum?: number
  readonly reference?: number
  /** Nanoseconds after the question was sent, by the source's clock. */
  readonly receiveNs?: bigint
  readonly transmitNs?: bigint
  /** When it heard of its reference, before that; absent = it does not say. */
  readonly referenceAgoNs?: bigint
  readonly nonce?: Uint8Array
  readonly rootDispersion?: number
  readonly length?: number
}

function stamp(unixNs: bigint): bigint {
  const seconds = unixNs / 1_000_000_000n + 2_208_988_800n
  return BigInt.asUintN(64, (seconds << 32n) + ((unixNs % 1_000_000_000n) << 32n) / 1_000_000_000n)
}

/** The answer of a source that is 0.5 s ahead and 10 ms away, and took 1 ms, unless said otherwise. */
function answer(said: Said, sentNs = SENT_NS): Buffer {
  const bytes = Buffer.alloc(48)
  bytes[0] = ((said.leap ?? 0) << 6) | ((said.version ?? 4) << 3) | (said.mode ?? 4)
  bytes[1] = said.stratum ?? 2
  bytes.writeInt8(-20, 3)
  bytes.writeUInt32BE(65536 / 64, 4)
  bytes.writeUInt32BE(Math.round((said.rootDispersion ?? 0.03125) * 65536), 8)
  bytes.writeUInt32BE(said.reference ?? 0xc0000207, 12)
  bytes.set(said.nonce ?? NONCE, 24)
  bytes.writeBigUInt64BE(said.receiveNs === -1n ? 0n : stamp(sentNs + (said.receiveNs ?? 505_000_000n)), 32)
  bytes.writeBigUInt64BE(stamp(sentNs + (said.transmitNs ?? 506_000_000n)), 40)
  if (said.referenceAgoNs !== undefined) {
    const transmitNs = sentNs + (said.transmitNs ?? 506_000_000n)
    bytes.writeBigUInt64BE(stamp(transmitNs - said.referenceAgoNs), 16)
  }
  return bytes.subarray(0, said.length ?? 48)
}

const read = (bytes: Uint8Array, sentNs = SENT_NS): Answer =>
  readAnswer(bytes, QUESTION, { sentNs, receivedNs: sentNs + 11_000_000n, receivedMs: 11 }, -20)

describe('encodeQuestion', () => {
  test('is a request in mode 3 that tells nothing but the nonce and the poll interval', () => {
    const bytes = Buffer.from(encodeQuestion(QUESTION, 6))
    expect(bytes.toString('hex')).toBe(`e30006${'00'.repeat(37)}0102030405060708`)
  })
})

describe('readAnswer', () => {
  test.each([
    ['in the present', SENT_NS],
    ['across the end of the era', ERA_END_NS],
  ])('measures offset and delay %s', (_title, sentNs) => {
    const read1 = read(answer({}, sentNs), sentNs)
    if (read1.kind !== 'measurement') throw new Error(read1.kind)
    expect(read1.measurement.offset).toBeCloseTo(0.5, 6)
    expect(read1.measurement.delay).toBeCloseTo(0.01, 6)
    expect(read1.measurement).toMatchObject({
      stratum: 2,
      leapIndicator: 0,
      rootDelay: 1 / 64,
      rootDispersion: 0.03125,
    })
  })

  test.each<[string, Said, Answer]>([
    ['an answer to somebody else', { nonce: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 9) }, { kind: 'other' }],
    ['a request', { mode: 3 }, { kind: 'other' }],
    ['a broadcast', { mode: 5 }, { kind: 'other' }],
    ['one of no version', { version: 0 }, { kind: 'other' }],
    ['one of a version that was not asked for', { version: 5 }, { kind: 'other' }],
    ['one that is cut', { length: 47 }, { kind: 'other' }],
    ['a kiss', { stratum: 0, leap: 3, reference: 0x52415445 }, { kind: 'kiss', code: 'RATE' }],
    ['a kiss in no letters', { stratum: 0, reference: 0x1b5b324a }, { kind: 'kiss', code: '1b5b324a' }],
    ['an unsynchronised clock', { leap: 3 }, { kind: 'unsynchronised', why: 'it says that it is not synchronised' }],
    ['stratum 16', { stratum: 16 }, { kind: 'unsynchronised', why: 'it says that it is not synchronised' }],
    [
      'one far from its reference',
      { rootDispersion: 16 },
      { kind: 'unsynchronised', why: 'it is too far from its reference' },
    ],
    ['one without a time', { receiveNs: -1n }, { kind: 'unusable', why: 'it sent no time' }],
    [
      'one that answers first',
      { transmitNs: 504_000_000n },
      { kind: 'unusable', why: 'it answered before it was asked' },
    ],
    [
      'one that was held long',
      { transmitNs: 4_600_000_000n },
      { kind: 'unusable', why: 'it held its answer too long' },
    ],
  ])('takes %s for what it is', (_title, said, want) => {
    expect(read(answer(said))).toEqual(want)
  })

  test.each([1, 3, 4])('measures by an answer of version %i', (version) => {
    expect(read(answer({ version })).kind).toBe('measurement')
  })

  test.each([-10n, 0n, 1_000_000n])(
    'measures by a source whose reference was heard %i s ago: others ask no more of it',
    (seconds) => {
      expect(read(answer({ referenceAgoNs: seconds * 1_000_000_000n })).kind).toBe('measurement')
    },
  )

  test('never believes a delay below what clocks can tell', () => {
    const read1 = readAnswer(
      answer({ transmitNs: 530_000_000n }),
      QUESTION,
      { sentNs: SENT_NS, receivedNs: SENT_NS + 11_000_000n, receivedMs: 11 },
      -20,
    )
    if (read1.kind !== 'measurement') throw new Error(read1.kind)
    expect(read1.measurement.delay).toBe(2 ** -20)
  })
})
