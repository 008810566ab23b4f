import type { Rules, ServiceMemory, ServiceState, StateOf, Step } from './service-state.ts'

/** A hung process may take this long to tell where it is. */
const INTERROGATION_MS = 2_000
/** How long a hung process may take to die of SIGABRT before SIGKILL. */
const ABORT_MS = 1_000
/** SIGKILL is repeated this often while the kernel has not delivered the exit. */
const KILL_AGAIN_MS = 5_000

/** When something is ended. */
export interface Ending {
  readonly nowMs: number
}

/** Begins to end the process: TERM to stop it politely; when it hangs its stack is asked for, then ABRT; KILL at last. */
export function end(
  state: StateOf<'starting' | 'ready' | 'stopping'>,
  order: Pick<StateOf<'stopping'>, 'wanted' | 'reason' | 'signal' | 'found'> & Ending,
  rules: Rules,
): Step {
  const { wanted, reason, signal, found, nowMs } = order
  const { life } = state
  const patienceMs = { SIGTERM: rules.stopTimeoutMs, SIGABRT: ABORT_MS, SIGKILL: KILL_AGAIN_MS }
  const readyForMs = state.kind === 'ready' ? nowMs - state.readyMs : state.kind === 'stopping' ? state.readyForMs : 0
  const deadlineMs = nowMs + (signal === null ? INTERROGATION_MS : patienceMs[signal])
  return {
    next: { ...memoryOf(state), wanted, kind: 'stopping', reason, signal, deadlineMs, readyForMs, found },
    actions: [signal === null ? { kind: 'interrogate', life } : { kind: 'signal', life, signal }],
  }
}

/** The next, harder step of ending it. */
export function endHarder(
  state: StateOf<'stopping'>,
  signal: 'SIGABRT' | 'SIGKILL',
  event: Ending,
  rules: Rules,
): Step {
  const { wanted, reason, found } = state
  return end(state, { wanted, reason, signal, found, nowMs: event.nowMs }, rules)
}

/** Keeps only what outlives the states. */
export function memoryOf({ wanted, life, restarts, history }: ServiceMemory): ServiceMemory {
  return { wanted, life, restarts, history }
}

/** Nothing changes. */
export const stay = (state: ServiceState): Step => ({ next: state, actions: [] })
