import type { Reference } from './time-keeper.ts'

/** The reference that a process followed, for its successor. */
export interface KeptReference extends Omit<Reference, 'source'> {
  /** The identity of the source that led, and the address that it answered from. */
  readonly source: string
  readonly address: string
}

/** A moment by both clocks of one start of the machine. */
export interface Moment {
  /** '' = unknown: then nothing can be kept. */
  readonly bootId: string
  readonly monotonicMs: number
  readonly wallMs: number
}

/**
 * A reference whose leader was heard earlier than this is not gone on with: by default a steady source is asked each 1024 s, and
 * may have missed one question.
 */
const FRESH_MS = 2_048_000
/** Wall and monotonic time are not read at once, but within a slice of the scheduler. What they part by more than that is a step, or a sleep. */
const MOVED_MS = 5
const MAX_FREQUENCY = 500e-6
const DAY_S = 86_400

/** Writes down a reference with what it holds for. */
export function packReference(kept: KeptReference, now: Moment): string {
  return `${JSON.stringify({ bootId: now.bootId, aheadMs: aheadOf(now), ...kept })}\n`
}

/**
 * The reference as it holds now: in the start of the machine that it was written in, while it is fresh, as long as nobody set the
 * clock, the machine did not sleep and no day ended, with which a leap second may have come. Never throws: else it is null.
 */
export function unpackReference(text: string, now: Moment): KeptReference | null {
  const read = parse(text)
  if (read === null || now.bootId === '' || read.bootId !== now.bootId) return null
  const { aheadMs, kept } = read
  const movedMs = Math.abs(aheadOf(now) - aheadMs)
  const ageMs = now.monotonicMs - kept.atMs
  if (movedMs > MOVED_MS || ageMs < 0 || ageMs > FRESH_MS) return null
  const served = now.wallMs / 1000 + kept.correction.offset
  if (Math.floor(served / DAY_S) !== Math.floor((served - ageMs / 1000) / DAY_S)) return null
  return { ...kept, rootDispersion: kept.rootDispersion + movedMs / 1000 }
}

function aheadOf({ wallMs, monotonicMs }: Moment): number {
  return wallMs - monotonicMs
}

function parse(
  text: string,
): { readonly bootId: string; readonly aheadMs: number; readonly kept: KeptReference } | null {
  try {
    const {
      bootId,
      aheadMs,
      source,
      address,
      correction,
      leapIndicator,
      stratum,
      rootDelay,
      rootDispersion,
      atMs,
    }: Read = JSON.parse(text)
    const { atMs: correctedMs, offset, frequency, jitter }: { readonly [name: string]: unknown } = Object(correction)
    if (typeof bootId !== 'string' || typeof source !== 'string' || typeof address !== 'string') return null
    if (!isIn(aheadMs, -Infinity, Infinity) || !isIn(atMs, 0, Infinity)) return null
    if (!isIn(leapIndicator, 0, 2) || !isIn(stratum, 2, 15)) return null
    if (!isIn(rootDelay, 0, Infinity) || !isIn(rootDispersion, 0, Infinity)) return null
    if (!isIn(correctedMs, 0, Infinity) || !isIn(offset, -Infinity, Infinity)) return null
    if (!isIn(frequency, -MAX_FREQUENCY, MAX_FREQUENCY) || !isIn(jitter, 0, Infinity)) return null
    const line = { atMs: correctedMs, offset, frequency, jitter }
    const kept = { source, address, correction: line, leapIndicator, stratum, rootDelay, rootDispersion, atMs }
    return { bootId, aheadMs, kept }
  } catch {
    return null
  }
}

type Read = { readonly [Name in keyof KeptReference | 'bootId' | 'aheadMs']?: unknown }

function isIn(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= least && value <= most
}
