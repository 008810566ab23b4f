import type { Health } from '../control/control-protocol.ts'
import type { ServiceState } from './service-state.ts'

/** How well a service serves, and why not when it does not. */
export interface Verdict {
  readonly health: Health
  readonly reason: string | null
}

/**
 * Judges one service: `ok` only when it is ready, listens wherever it should, reports no fault itself, and, where there
 * is a probe, answered the last one well.
 *
 * @param faults where it should listen and cannot, and what it reports of itself, in words
 */
export function judge(state: ServiceState, faults: readonly string[] = []): Verdict {
  const verdict = judgeState(state)
  if (faults.length === 0 || (verdict.health !== 'ok' && verdict.health !== 'degraded')) return verdict
  // What it knows of itself tells more than what the probe met.
  const probed = probeError(state)
  const isTold = probed !== null && faults.some((fault) => fault.includes(probed))
  const reasons = isTold || verdict.reason === null ? faults : [...faults, verdict.reason]
  return { health: 'degraded', reason: [...new Set(reasons)].join('; ') }
}

/** What the last probe met, where that is what the verdict on its state is about. */
function probeError(state: ServiceState): string | null {
  if (state.kind !== 'ready' || typeof state.heartbeat?.excuse === 'string') return null
  const outcome = state.probing?.last?.outcome
  return outcome === undefined || outcome.kind === 'ok' ? null : outcome.error
}

function judgeState(state: ServiceState): Verdict {
  switch (state.kind) {
    case 'stopped':
      if (!('failure' in state)) return { health: 'unknown', reason: STOPPED[state.cause] }
      if (state.failure !== null) return { health: 'failing', reason: `last run: ${state.failure}` }
      return { health: 'ok', reason: state.cause === 'finished' ? 'it finished' : null }
    case 'starting':
      return { health: 'unknown', reason: 'it is starting' }
    case 'stopping':
      return { health: 'unknown', reason: state.wanted === 'up' ? 'it is being restarted' : 'it is stopping' }
    case 'backoff':
    case 'parked':
      return { health: 'failing', reason: state.why }
    case 'ready': {
      const excuse = state.heartbeat?.excuse ?? null
      if (excuse !== null) return { health: 'degraded', reason: `no sign of life: ${excuse}` }
      if (state.probing === null) return { health: 'ok', reason: null }
      if (state.probing.last === null) return { health: 'unknown', reason: 'not yet probed' }
      const { outcome } = state.probing.last
      return outcome.kind === 'ok'
        ? { health: 'ok', reason: null }
        : { health: 'degraded', reason: `probe: ${outcome.error}` }
    }
  }
}

const STOPPED = { new: 'not started yet', asked: 'stopped by command' } as const

/** The health of the whole: that of the worst part. */
export function worstOf(all: readonly Health[]): Health {
  return ORDER.find((health) => all.includes(health)) ?? 'ok'
}

const ORDER: readonly Health[] = ['failing', 'degraded', 'unknown']
