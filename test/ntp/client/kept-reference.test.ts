import { describe, expect, test } from 'vitest'
import {
  type KeptReference,
  type Moment,
  packReference,
  unpackReference,
} from '../../../daemons/ntp/client/kept-reference.ts'

const KEPT: KeptReference = {
  source: '["192.0.2.1",123,null]',
  address: '192.0.2.1',
  correction: { atMs: 90_000, offset: 0.25, frequency: 1e-5, jitter: 1e-6 },
  leapIndicator: 1,
  stratum: 3,
  rootDelay: 0.01,
  rootDispersion: 0.005,
  atMs: 95_000,
}
/** A day begins 100 s after the start of the machine. */
const MIDNIGHT_MS = 1_800_057_600_000
const BOOTED_MS = MIDNIGHT_MS - 100_000
const WRITTEN: Moment = { bootId: 'b', monotonicMs: 96_000, wallMs: BOOTED_MS + 96_000 }
const TEXT = packReference(KEPT, WRITTEN)

/** The same moment of a day without midnight near it. */
function atNoon({ wallMs, ...moment }: Moment): Moment {
  return { ...moment, wallMs: wallMs + 43_200_000 }
}

/** So long after it was written. */
function later(seconds: number, moment: Moment = atNoon(WRITTEN)): Moment {
  const { monotonicMs, wallMs } = moment
  return { ...moment, monotonicMs: monotonicMs + seconds * 1000, wallMs: wallMs + seconds * 1000 }
}

const AT_NOON = packReference(KEPT, atNoon(WRITTEN))

describe('unpackReference', () => {
  test.each([0, 2046])('gives what was written %d s ago', (seconds) => {
    expect(unpackReference(AT_NOON, later(seconds))).toEqual(KEPT)
  })

  test.each<[string, Moment]>([
    ['old', later(2048)],
    ['of another start of the machine', { ...later(1), bootId: 'c' }],
    ['of before the clock was set ahead', { ...later(1), wallMs: later(1).wallMs + 6 }],
    ['of before the clock was set back', { ...later(1), wallMs: later(1).wallMs - 6 }],
    ['of before the machine slept', { ...later(1), wallMs: later(1).wallMs + 60_000 }],
    ['of a time that is still to come', later(-2)],
  ])('gives nothing that is %s', (_title, now) => {
    expect(unpackReference(AT_NOON, now)).toBeNull()
  })

  test('gives nothing where no start of the machine can be told from another', () => {
    const now = { ...later(1), bootId: '' }
    expect(unpackReference(packReference(KEPT, now), now)).toBeNull()
  })

  test('gives nothing over the end of a day, by the time that is served', () => {
    expect(unpackReference(TEXT, later(3.7, WRITTEN))).toEqual(KEPT)
    expect(unpackReference(TEXT, later(3.8, WRITTEN))).toBeNull()
  })

  test('counts what the clocks parted by, where that is no step, as dispersion', () => {
    const now = { ...later(1), wallMs: later(1).wallMs + 4 }
    expect(unpackReference(AT_NOON, now)?.rootDispersion).toBeCloseTo(0.009, 9)
  })

  test.each(['', 'null', '[]', '7', '{}', '{"bootId":"b"}', AT_NOON.slice(0, -3)])('gives nothing for %j', (text) => {
    expect(unpackReference(text, later(1))).toBeNull()
  })

  test.each<[string, unknown]>([
    ['bootId', 7],
    ['aheadMs', null],
    ['source', null],
    ['address', 7],
    ['correction', null],
    ['correction', { ...KEPT.correction, frequency: 1 }],
    ['correction', { ...KEPT.correction, offset: '0' }],
    ['correction', { ...KEPT.correction, atMs: null }],
    ['correction', { ...KEPT.correction, jitter: -1 }],
    ['leapIndicator', 3],
    ['stratum', 16],
    ['stratum', 0],
    ['rootDelay', 'x'],
    ['rootDispersion', null],
    ['atMs', -1],
  ])('gives nothing with a wrong %s', (name, value) => {
    expect(unpackReference(JSON.stringify({ ...JSON.parse(AT_NOON), [name]: value }), later(1))).toBeNull()
  })
})
