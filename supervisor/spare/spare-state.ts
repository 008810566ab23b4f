/**
 * How long nothing starts or stops before the spare is made: it must not take the processor from who serves. Until then
 * each daemon has put its compiled code where the spare finds it.
 */
const CALM_MS = 1_000
/** A spare that is not loaded by then never will be. */
const LOAD_MS = 10_000
/** Waiting times after a spare that failed: the first, doubled each time, and the longest. */
const RETRY_FIRST_MS = 1_000
const RETRY_MAX_MS = 300_000
/** A spare that stood ready this long was a good one, whatever ended it. */
const GOOD_MS = 60_000

/** What outlives every state. */
interface SpareMemory {
  /** Since when nothing starts or stops; null = something does. */
  readonly calmSinceMs: number | null
  /** Spares in a row that came to nothing, and how the last one ended. */
  readonly failures: number
  readonly why: string | null
}

/** The spare: a process that has all our daemons loaded and can become any of them at once. */
export type SpareState = SpareMemory &
  (
    | { readonly kind: 'off' }
    /** For calm, and for the end of the delay after a failure. */
    | { readonly kind: 'waiting'; readonly notBeforeMs: number }
    | { readonly kind: 'loading'; readonly deadlineMs: number }
    | { readonly kind: 'ready'; readonly sinceMs: number }
  )

export type SpareEvent =
  | { readonly kind: 'want'; readonly nowMs: number }
  | { readonly kind: 'unwant'; readonly nowMs: number }
  /** Whether no service starts or stops. */
  | { readonly kind: 'calm'; readonly calm: boolean; readonly nowMs: number }
  | { readonly kind: 'time'; readonly nowMs: number }
  | { readonly kind: 'loaded'; readonly nowMs: number }
  /** It became a daemon: it is the service's process from now on. */
  | { readonly kind: 'taken'; readonly nowMs: number }
  /** It ended without having been asked for anything, or could not be started. */
  | { readonly kind: 'failed'; readonly why: string; readonly nowMs: number }

/** What the shell has to do; null = nothing. */
export type SpareAction = 'start' | 'end' | null

export interface SpareStep {
  readonly next: SpareState
  readonly action: SpareAction
}

/** Nothing is wanted yet. */
export const NO_SPARE: SpareState = { kind: 'off', calmSinceMs: null, failures: 0, why: null }

/** One step of the spare: pure, total. The shell tells it only of the process that it started last. */
export function stepSpare(state: SpareState, event: SpareEvent): SpareStep {
  const { nowMs } = event
  switch (event.kind) {
    case 'want':
      return state.kind === 'off' ? { next: waiting(state, nowMs), action: null } : stay(state)
    case 'unwant':
      return { next: { ...NO_SPARE, calmSinceMs: state.calmSinceMs }, action: isAlive(state) ? 'end' : null }
    case 'calm':
      if (event.calm === (state.calmSinceMs !== null)) return stay(state)
      return { next: { ...state, calmSinceMs: event.calm ? nowMs : null }, action: null }
    case 'time':
      return passTime(state, nowMs)
    case 'loaded':
      return state.kind === 'loading'
        ? { next: { ...memoryOf(state), kind: 'ready', sinceMs: nowMs }, action: null }
        : stay(state)
    case 'taken':
      return { next: waiting({ ...state, failures: 0, why: null }, nowMs), action: null }
    case 'failed':
      return isAlive(state) ? { next: failed(state, event.why, nowMs), action: null } : stay(state)
  }
}

/** When the spare wants to hear `time`; null = never by itself. */
export function spareDeadlineMs(state: SpareState): number | null {
  if (state.kind === 'loading') return state.deadlineMs
  if (state.kind !== 'waiting' || state.calmSinceMs === null) return null
  return Math.max(state.calmSinceMs + CALM_MS, state.notBeforeMs)
}

function passTime(state: SpareState, nowMs: number): SpareStep {
  const dueMs = spareDeadlineMs(state)
  if (dueMs === null || nowMs < dueMs) return stay(state)
  if (state.kind === 'loading') return { next: failed(state, 'it was not loaded in time', nowMs), action: 'end' }
  return { next: { ...memoryOf(state), kind: 'loading', deadlineMs: nowMs + LOAD_MS }, action: 'start' }
}

function failed(state: SpareState, why: string, nowMs: number): SpareState {
  const good = state.kind === 'ready' && nowMs - state.sinceMs >= GOOD_MS
  const failures = good ? 1 : state.failures + 1
  const delayMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** (failures - 1))
  return waiting({ ...state, failures, why }, nowMs + delayMs)
}

function waiting(memory: SpareMemory, notBeforeMs: number): SpareState {
  return { ...memoryOf(memory), kind: 'waiting', notBeforeMs }
}

function isAlive({ kind }: SpareState): boolean {
  return kind === 'loading' || kind === 'ready'
}

function stay(next: SpareState): SpareStep {
  return { next, action: null }
}

function memoryOf({ calmSinceMs, failures, why }: SpareMemory): SpareMemory {
  return { calmSinceMs, failures, why }
}
