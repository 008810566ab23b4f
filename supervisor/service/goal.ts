import type { ReachedReport } from '../control/control-protocol.ts'
import { judge } from './health.ts'
import type { ServiceState } from './service-state.ts'

/** What a command waits for. */
export type Goal =
  /** Ready in a life after this one, and asked on the wire where it can be. */
  { readonly kind: 'up'; readonly afterLife: number } | { readonly kind: 'down' }

/**
 * Judges whether a command has reached its goal.
 *
 * @param queued the service waits for its turn to start
 * @returns null while the answer is still open
 */
export function judgeGoal(goal: Goal, state: ServiceState, queued: boolean): ReachedReport | null {
  if (queued) return goal.kind === 'up' ? null : { reached: false, state: state.kind, message: 'started meanwhile' }
  return goal.kind === 'up' ? judgeUp(goal.afterLife, state) : judgeDown(state)
}

function judgeUp(afterLife: number, state: ServiceState): ReachedReport | null {
  switch (state.kind) {
    case 'ready':
      if (state.life <= afterLife || (state.probing !== null && state.probing.last === null)) return null
      return { reached: true, state: 'ready', message: 'ready' }
    case 'starting':
      return null
    case 'stopping':
      return state.wanted === 'up' ? null : { reached: false, state: 'stopping', message: 'stopped meanwhile' }
    case 'backoff':
    case 'parked':
      return { reached: false, state: state.kind, message: state.why }
    case 'stopped': {
      if (state.cause === 'waiting')
        return { reached: state.failure === null, state: 'stopped', message: state.failure ?? 'it ran' }
      const finished = state.cause === 'finished' && state.life > afterLife
      return finished
        ? { reached: false, state: 'stopped', message: 'it finished' }
        : { reached: false, state: 'stopped', message: judge(state).reason ?? 'stopped' }
    }
  }
}

function judgeDown(state: ServiceState): ReachedReport | null {
  if (state.kind === 'stopped') return { reached: true, state: 'stopped', message: 'stopped' }
  return state.wanted === 'down' ? null : { reached: false, state: state.kind, message: 'started meanwhile' }
}
