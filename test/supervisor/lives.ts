import type { Rules, ServiceAction, ServiceEvent, ServiceState } from '../../supervisor/service/service-state.ts'
import { NEW_SERVICE } from '../../supervisor/service/service-state.ts'
import { step } from '../../supervisor/service/transitions.ts'

export const RULES: Rules = {
  startTimeoutMs: 10_000,
  stopTimeoutMs: 5_000,
  watchdogMs: 10_000,
  probeEveryMs: 5_000,
  readiness: 'notify',
  scheduled: false,
  restart: {
    backoff: { firstMs: 50, factor: 2, maxMs: 30_000, jitter: 0.1 },
    limit: { restarts: 5, withinMs: 30_000 },
    parkRetryMs: 300_000,
    resetAfterMs: 10_000,
    on: 'always',
    restForOne: false,
  },
}

/** Events as a test writes them: the life is the present one and the chance is even unless said otherwise. */
export type Told = {
  readonly [K in ServiceEvent['kind']]: { readonly kind: K; readonly nowMs: number } & Partial<
    Omit<Extract<ServiceEvent, { kind: K }>, 'kind' | 'nowMs'>
  >
}[ServiceEvent['kind']]

const FILLED = {
  code: null,
  signal: null,
  outOfMemory: false,
  said: null,
  spare: false,
  chance: 0.5,
  error: 'cannot open it',
  stalledMs: 0,
  forMs: 30_000,
  failure: null,
  outcome: { kind: 'ok', latencyMs: 1 },
  about: 'watchdog',
  finding: { hung: true, words: 'it is busy without end' },
} as const

/** Completes an event for a service in this state. */
export function eventFor(state: ServiceState, told: Told): ServiceEvent {
  return { ...FILLED, ...(carriesLife(told.kind) ? { life: state.life } : {}), ...told } as ServiceEvent
}

function carriesLife(kind: ServiceEvent['kind']): boolean {
  return !['start', 'stop', 'restart', 'kill', 'enlist', 'due', 'follow', 'time'].includes(kind)
}

/** Plays events one after another. */
export function play(
  told: readonly Told[],
  rules: Rules = RULES,
  from: ServiceState = NEW_SERVICE,
): { readonly state: ServiceState; readonly actions: readonly ServiceAction[] } {
  let state = from
  const actions: ServiceAction[] = []
  for (const one of told) {
    const result = step(state, eventFor(state, one), rules)
    state = result.next
    actions.push(...result.actions)
  }
  return { state, actions }
}

/** The state a service is in after these events. */
export const SCRIPTS = {
  stopped: [],
  starting: [{ kind: 'start', nowMs: 0 }],
  ready: [
    { kind: 'start', nowMs: 0 },
    { kind: 'ready', nowMs: 100 },
  ],
  stopping: [
    { kind: 'start', nowMs: 0 },
    { kind: 'ready', nowMs: 100 },
    { kind: 'stop', nowMs: 200 },
  ],
  backoff: [
    { kind: 'start', nowMs: 0 },
    { kind: 'exited', code: 1, nowMs: 100 },
  ],
  parked: [
    { kind: 'start', nowMs: 0 },
    { kind: 'socketFailed', nowMs: 100 },
  ],
} as const satisfies Record<ServiceState['kind'], readonly Told[]>
