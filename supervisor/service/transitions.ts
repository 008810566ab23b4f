import { type Ending, end, endHarder, memoryOf, stay } from './ending-steps.ts'
import { afterEnd, begin, begun, ended } from './life-steps.ts'
import { beat, becomeReady, excuse, judgeFinding, judgeProbe, watchReady } from './ready-steps.ts'
import type { EventOf, Rules, ServiceEvent, ServiceMemory, ServiceState, StateOf, Step } from './service-state.ts'

type Kind = ServiceState['kind']
type EventKind = ServiceEvent['kind']
type Cell<S extends Kind, E extends EventKind> = (state: StateOf<S>, event: EventOf<E>, rules: Rules) => Step
/** Total by type: a missing row or cell does not compile. */
type Table = { readonly [S in Kind]: { readonly [E in EventKind]: Cell<S, E> } }

/**
 * One step of a service: pure, total, never throws. An event of an earlier life changes nothing.
 *
 * @returns the next state (the same object when nothing changed) and the actions to carry out in order
 */
export function step(state: ServiceState, event: ServiceEvent, rules: Rules): Step {
  if ('life' in event && event.life !== state.life) return stay(state)
  const row: { readonly [E in EventKind]: unknown } = table[state.kind]
  const cell = row[event.kind] as (state: ServiceState, event: ServiceEvent, rules: Rules) => Step
  return cell(state, event, rules)
}

const wish =
  (wanted: ServiceMemory['wanted']) =>
  (state: ServiceState): Step => ({ next: { ...state, wanted }, actions: [] })

const startNow = (state: ServiceState, event: { readonly nowMs: number }, rules: Rules): Step =>
  begin(state, event.nowMs, rules, 'asked')

const enlist = (state: StateOf<'stopped'>, event: EventOf<'enlist'>): Step => ({
  next: { ...memoryOf(state), wanted: 'up', kind: 'stopped', cause: 'waiting', failure: event.failure },
  actions: [],
})

const run = (state: ServiceState, event: EventOf<'due'>, rules: Rules): Step => begin(state, event.nowMs, rules, 'due')

const runWaiting = (state: StateOf<'stopped'>, event: EventOf<'due'>, rules: Rules): Step =>
  state.cause === 'waiting' ? run(state, event, rules) : stay(state)

/** One that waits for its time is taken off the schedule; any other rests already. */
const restStopped = (state: StateOf<'stopped'>): Step => (state.cause === 'waiting' ? rest(state) : wish('down')(state))

function rest(state: ServiceState): Step {
  return { next: { ...memoryOf(state), wanted: 'down', kind: 'stopped', cause: 'asked' }, actions: [] }
}

const endAsked =
  (wanted: 'up' | 'down', signal: 'SIGTERM' | 'SIGKILL') =>
  (state: StateOf<'starting' | 'ready'>, event: Ending, rules: Rules): Step =>
    end(state, { wanted, reason: 'asked', signal, found: null, nowMs: event.nowMs }, rules)

/** Ends a process that began before its forerunner; the next one begins after it. */
const follow = (state: StateOf<'starting' | 'ready'>, { nowMs }: Ending, rules: Rules): Step =>
  end(state, { wanted: state.wanted, reason: 'rest-for-one', signal: 'SIGTERM', found: null, nowMs }, rules)

/** What a parked service lacked may be there now; one that may not be retried waits for its repair. */
const followParked = (state: StateOf<'parked'>, event: Ending, rules: Rules): Step =>
  state.untilMs === null ? stay(state) : begin(state, event.nowMs, rules, 'automatic')

/** More time to start or to end, never less than there is. One that hangs or was killed has none to ask for. */
function extend(state: StateOf<'starting' | 'stopping'>, event: EventOf<'extend'>): Step {
  if (state.kind === 'stopping' && state.signal !== 'SIGTERM') return stay(state)
  return { next: { ...state, deadlineMs: Math.max(state.deadlineMs, event.nowMs + event.forMs) }, actions: [] }
}

/** A start that takes too long is ended; time that the supervisor itself slept does not count. */
function watchStart(state: StateOf<'starting'>, event: EventOf<'time'>, rules: Rules): Step {
  if (event.nowMs < state.deadlineMs) return stay(state)
  if (event.stalledMs > 0) return { next: { ...state, deadlineMs: event.nowMs + event.stalledMs }, actions: [] }
  const { wanted } = state
  return end(state, { wanted, reason: 'start-timeout', signal: 'SIGTERM', found: null, nowMs: event.nowMs }, rules)
}

function watchStop(state: StateOf<'stopping'>, event: EventOf<'time'>, rules: Rules): Step {
  if (event.nowMs < state.deadlineMs) return stay(state)
  return endHarder(state, state.signal === null ? 'SIGABRT' : 'SIGKILL', event, rules)
}

/** A parked or backing-off service whose time has come. */
function retry(state: StateOf<'backoff' | 'parked'>, event: EventOf<'time'>, rules: Rules): Step {
  if (state.untilMs === null || event.nowMs < state.untilMs) return stay(state)
  return begin(state, event.nowMs, rules, 'automatic')
}

const noProcess = {
  enlist: stay,
  follow: stay,
  spawned: stay,
  spawnFailed: stay,
  socketFailed: stay,
  ready: stay,
  extend: stay,
  leaving: stay,
  heartbeat: stay,
  probed: stay,
  examined: stay,
  interrogated: stay,
  exited: stay,
} as const

const waiting = {
  ...noProcess,
  due: run,
  start: startNow,
  stop: rest,
  restart: startNow,
  kill: rest,
  time: retry,
} as const

/** The state table: who reads it knows the supervisor. */
export const table = {
  stopped: {
    ...noProcess,
    enlist,
    due: runWaiting,
    start: startNow,
    stop: restStopped,
    restart: startNow,
    kill: restStopped,
    time: stay,
  },
  starting: {
    start: wish('up'),
    stop: endAsked('down', 'SIGTERM'),
    restart: endAsked('up', 'SIGTERM'),
    kill: endAsked('down', 'SIGKILL'),
    enlist: stay,
    due: stay,
    follow,
    spawned: (state, event, rules) => (rules.readiness === 'spawned' ? becomeReady(state, event, rules) : stay(state)),
    spawnFailed: (state, event, rules) => begun(state, event, rules),
    socketFailed: (state, event, rules) => begun(state, event, rules),
    ready: becomeReady,
    extend,
    leaving: stay,
    heartbeat: stay,
    probed: stay,
    examined: stay,
    interrogated: stay,
    exited: (state, event, rules) => afterEnd(state, ended(event), { readyForMs: 0, ...event }, rules),
    time: watchStart,
  },
  ready: {
    start: wish('up'),
    stop: endAsked('down', 'SIGTERM'),
    restart: endAsked('up', 'SIGTERM'),
    kill: endAsked('down', 'SIGKILL'),
    enlist: stay,
    due: stay,
    follow,
    spawned: stay,
    spawnFailed: stay,
    socketFailed: stay,
    ready: stay,
    extend: stay,
    leaving: excuse,
    heartbeat: beat,
    probed: judgeProbe,
    examined: judgeFinding,
    interrogated: stay,
    exited: (state, event, rules) =>
      afterEnd(state, ended(event), { readyForMs: event.nowMs - state.readyMs, ...event }, rules),
    time: watchReady,
  },
  stopping: {
    start: wish('up'),
    stop: wish('down'),
    restart: wish('up'),
    kill: (state, event, rules) => endHarder({ ...state, wanted: 'down' }, 'SIGKILL', event, rules),
    enlist: stay,
    due: stay,
    follow: stay,
    spawned: (state) => ({
      next: state,
      actions: state.signal === null ? [] : [{ kind: 'signal', life: state.life, signal: state.signal }],
    }),
    spawnFailed: (state, event, rules) => begun(state, event, rules),
    socketFailed: (state, event, rules) => begun(state, event, rules),
    ready: stay,
    extend,
    leaving: stay,
    heartbeat: stay,
    probed: stay,
    examined: stay,
    interrogated: (state, event, rules) =>
      state.signal === null ? endHarder(state, 'SIGABRT', event, rules) : stay(state),
    exited: (state, event, rules) =>
      afterEnd(state, ended(event, state), { readyForMs: state.readyForMs, ...event }, rules),
    time: watchStop,
  },
  backoff: waiting,
  parked: { ...waiting, follow: followParked },
} satisfies Table
