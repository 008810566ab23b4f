import type { RestartPolicy } from '../../config/config.ts'

/** What is remembered of earlier restarts of one service. */
export interface RestartHistory {
  /** Bad runs in a row: sets the length of the next backoff. */
  readonly failures: number
  /** Monotonic times of the automatic starts that may still count against the limit. */
  readonly startsMs: readonly number[]
  /** Was parked and has not had a good run since: the next bad run parks again at once. */
  readonly onTrial: boolean
}

export const NO_HISTORY: RestartHistory = { failures: 0, startsMs: [], onTrial: false }

/** One run of the process that just ended. */
export interface EndedRun {
  /** How long it was ready; 0 when it never was. */
  readonly readyForMs: number
  /** Monotonic time of its end. */
  readonly nowMs: number
  /** Uniform in [0, 1): spreads the delay. */
  readonly chance: number
  /** A loaded process stands ready to take its place. */
  readonly spare: boolean
}

export type RestartChoice =
  /** By the spare, at once. */
  | { readonly kind: 'takeOver'; readonly atMs: number; readonly history: RestartHistory }
  | { readonly kind: 'retry'; readonly atMs: number; readonly history: RestartHistory }
  | { readonly kind: 'park'; readonly atMs: number; readonly history: RestartHistory }

/**
 * Chooses when a service that ended starts again: after a growing, jittered delay, or, when it used up the starts of its
 * window, parked and tried again slowly. Never gives up for good. In any window of `limit.withinMs` there are at most
 * `limit.restarts` automatic starts. The delay spares the machine a failure that repeats itself: the first death since a good
 * run, or ever, of a process that had been ready is none yet, and a spare takes over without waiting.
 */
export function chooseRestart(policy: RestartPolicy, history: RestartHistory, run: EndedRun): RestartChoice {
  const goodRun = run.readyForMs >= policy.resetAfterMs
  const failures = goodRun ? 0 : history.failures
  const takeOver = run.spare && failures === 0 && run.readyForMs > 0
  const atMs = run.nowMs + (takeOver ? 0 : backoffMs(policy.backoff, failures, run.chance))
  const startsMs = history.startsMs.filter((startMs) => startMs > atMs - policy.limit.withinMs)
  if ((history.onTrial && !goodRun) || startsMs.length >= policy.limit.restarts) {
    return {
      kind: 'park',
      atMs: run.nowMs + policy.parkRetryMs,
      history: { failures: failures + 1, startsMs, onTrial: true },
    }
  }
  const kind = takeOver ? 'takeOver' : 'retry'
  return { kind, atMs, history: { failures: failures + 1, startsMs: [...startsMs, atMs], onTrial: false } }
}

/** The delay after `failures` earlier bad runs, spread by the jitter and never above the maximum. */
export function backoffMs(backoff: RestartPolicy['backoff'], failures: number, chance: number): number {
  const exact = Math.min(backoff.maxMs, backoff.firstMs * backoff.factor ** failures)
  return Math.min(backoff.maxMs, exact * (1 + backoff.jitter * (2 * chance - 1)))
}

/** How many automatic starts of the current window are used up. */
export function usedStarts(policy: RestartPolicy, history: RestartHistory, nowMs: number): number {
  return history.startsMs.filter((startMs) => startMs > nowMs - policy.limit.withinMs).length
}
