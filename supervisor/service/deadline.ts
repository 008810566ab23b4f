import type { ServiceState } from './service-state.ts'

/** The earliest monotonic time at which the service wants to hear `time`; null = never by itself. */
export function nextDeadlineMs(state: ServiceState): number | null {
  switch (state.kind) {
    case 'stopped':
      return null
    case 'starting':
    case 'stopping':
      return state.deadlineMs
    case 'backoff':
    case 'parked':
      return state.untilMs
    case 'ready':
      return earliest([state.heartbeat?.dueMs ?? null, state.probing?.dueMs ?? null, state.measureMs])
  }
}

/** The smallest of some times, leaving out those that are not set. */
export function earliest(timesMs: readonly (number | null)[]): number | null {
  let first: number | null = null
  for (const timeMs of timesMs) if (timeMs !== null && (first === null || timeMs < first)) first = timeMs
  return first
}
