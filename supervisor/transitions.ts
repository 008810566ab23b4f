import { type Ending, end, endHarder, memoryOf } from './ending-steps.ts'
import { afterEnd, begin, begun, ended } from './life-steps.ts'
import type {
  Heartbeat,
  Rules,
  ServiceAction,
  ServiceEvent,
  ServiceMemory,
  ServiceState,
  Step,
} from './service-state.ts'

type Kind = ServiceState['kind']
type EventKind = ServiceEvent['kind']
type StateOf<S extends Kind> = Extract<ServiceState, { kind: S }>
type EventOf<E extends EventKind> = Extract<ServiceEvent, { kind: E }>
type Cell<S extends Kind, E extends EventKind> = (state: StateOf<S>, event: EventOf<E>, rules: Rules) => Step
/** Total by type: a missing row or cell does not compile. */
type Table = { readonly [S in Kind]: { readonly [E in EventKind]: Cell<S, E> } }

/** Unanswered probes in a row that end a process. */
const SILENT_LIMIT = 3
/** When the datagrams that had waited are counted again, after ready: a full receive buffer takes a while to be read. */
const MEASURE_FIRST_MS = 50
const MEASURE_FACTOR = 4
const MEASURE_LAST_MS = 3_200

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

const stay = (state: ServiceState): Step => ({ next: state, actions: [] })
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

/** Enters `ready`: the gap is over, the first probe goes out at once. */
function becomeReady(state: StateOf<'starting'>, event: Ending, rules: Rules): Step {
  // Between the runs of a scheduled program there is no gap: nobody expects it to serve.
  const actions: ServiceAction[] = rules.scheduled ? [] : [{ kind: 'recordReady', life: state.life }]
  actions.push({ kind: 'measure', life: state.life })
  if (rules.probeEveryMs !== null) actions.push({ kind: 'probe', life: state.life })
  return {
    next: {
      ...memoryOf(state),
      kind: 'ready',
      readyMs: event.nowMs,
      heartbeat: rules.watchdogMs === null ? null : inTime(event.nowMs + rules.watchdogMs),
      probing: rules.probeEveryMs === null ? null : { dueMs: null, silent: 0, last: null },
      measureMs: event.nowMs + MEASURE_FIRST_MS,
    },
    actions,
  }
}

/** Silence while the supervisor itself slept says nothing: it is asked again. Too much of it is examined. */
function judgeProbe(state: StateOf<'ready'>, event: EventOf<'probed'>, rules: Rules): Step {
  const { outcome, nowMs, stalledMs, life } = event
  if (state.probing === null || rules.probeEveryMs === null) return stay(state)
  if (outcome.kind === 'silent' && stalledMs > 0)
    return { next: { ...state, probing: { ...state.probing, dueMs: nowMs } }, actions: [] }
  const silent = outcome.kind === 'silent' ? state.probing.silent + 1 : 0
  const dueMs = silent < SILENT_LIMIT ? nowMs + rules.probeEveryMs : null
  const next = { ...state, probing: { dueMs, silent, last: { outcome, atMs: nowMs } } }
  if (dueMs === null) return { next, actions: [{ kind: 'examine', life, about: 'probe' }] }
  return { next, actions: silent === 1 ? [{ kind: 'suspect', life, about: 'probe' }] : [] }
}

/** A process that hangs is ended; one that would go on if it were let gets another chance. */
function judgeFinding(state: StateOf<'ready'>, event: EventOf<'examined'>, rules: Rules): Step {
  const { about, finding, nowMs } = event
  const { wanted, heartbeat, probing } = state
  const awaited = about === 'watchdog' ? heartbeat : probing
  // It gave a sign of life meanwhile.
  if (awaited === null || awaited.dueMs !== null) return stay(state)
  if (finding.hung) return end(state, { wanted, reason: about, signal: null, found: finding.words, nowMs }, rules)
  if (about === 'watchdog') {
    const dueMs = nowMs + (rules.watchdogMs ?? 0)
    return { next: { ...state, heartbeat: { dueMs, missed: false, excuse: finding.words } }, actions: [] }
  }
  const dueMs = nowMs + (rules.probeEveryMs ?? 0)
  return { next: { ...state, probing: { last: null, ...probing, dueMs, silent: 0 } }, actions: [] }
}

/** The deadlines of a ready process: heartbeat, next probe, second count of what had waited. */
function watchReady(state: StateOf<'ready'>, event: EventOf<'time'>, rules: Rules): Step {
  const { nowMs, stalledMs } = event
  let { heartbeat, probing, measureMs } = state
  const actions: ServiceAction[] = []
  if (heartbeat !== null && heartbeat.dueMs !== null && rules.watchdogMs !== null && nowMs >= heartbeat.dueMs) {
    if (stalledMs > 0) heartbeat = inTime(nowMs + rules.watchdogMs)
    else if (heartbeat.missed) {
      heartbeat = { ...heartbeat, dueMs: null }
      actions.push({ kind: 'examine', life: state.life, about: 'watchdog' })
    } else {
      heartbeat = { ...heartbeat, dueMs: nowMs + Math.min(2_000, rules.watchdogMs / 4), missed: true }
      actions.push({ kind: 'suspect', life: state.life, about: 'watchdog' })
    }
  }
  if (probing !== null && probing.dueMs !== null && nowMs >= probing.dueMs) {
    probing = { ...probing, dueMs: null }
    actions.push({ kind: 'probe', life: state.life })
  }
  if (measureMs !== null && nowMs >= measureMs) {
    const afterMs = Math.max(MEASURE_FIRST_MS, measureMs - state.readyMs) * MEASURE_FACTOR
    measureMs = afterMs > MEASURE_LAST_MS ? null : state.readyMs + afterMs
    actions.push({ kind: 'measure', life: state.life })
  }
  return { next: { ...state, heartbeat, probing, measureMs }, actions }
}

function beat(state: StateOf<'ready'>, event: EventOf<'heartbeat'>, rules: Rules): Step {
  if (state.heartbeat === null || rules.watchdogMs === null) return stay(state)
  return { next: { ...state, heartbeat: inTime(event.nowMs + rules.watchdogMs) }, actions: [] }
}

/** Nothing is missing; the next heartbeat is due then. */
const inTime = (dueMs: number): Heartbeat => ({ dueMs, missed: false, excuse: null })

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
