import { type Ending, end, memoryOf, stay } from './ending-steps.ts'
import type { EventOf, Heartbeat, Rules, ServiceAction, StateOf, Step } from './service-state.ts'

/** Unanswered probes in a row that end a process. */
const SILENT_LIMIT = 3
/** When the datagrams that had waited are counted again, after ready: a full receive buffer takes a while to be read. */
const MEASURE_FIRST_MS = 50
const MEASURE_FACTOR = 4
const MEASURE_LAST_MS = 3_200

/** Enters `ready`: the gap is over, the first probe goes out at once. */
export function becomeReady(state: StateOf<'starting'>, event: Ending, rules: Rules): Step {
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
export function judgeProbe(state: StateOf<'ready'>, event: EventOf<'probed'>, rules: Rules): Step {
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
export function judgeFinding(state: StateOf<'ready'>, event: EventOf<'examined'>, rules: Rules): Step {
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
export function watchReady(state: StateOf<'ready'>, event: EventOf<'time'>, rules: Rules): Step {
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

/** A sign of life. */
export function beat(state: StateOf<'ready'>, event: EventOf<'heartbeat'>, rules: Rules): Step {
  if (state.heartbeat === null || rules.watchdogMs === null) return stay(state)
  return { next: { ...state, heartbeat: inTime(event.nowMs + rules.watchdogMs) }, actions: [] }
}

/** One that ends by itself may fall silent, for as long as one that was asked to. */
export function excuse(state: StateOf<'ready'>, event: EventOf<'leaving'>, rules: Rules): Step {
  if (state.heartbeat === null) return stay(state)
  const dueMs = event.nowMs + Math.max(rules.stopTimeoutMs, rules.watchdogMs ?? 0)
  return { next: { ...state, heartbeat: { dueMs, missed: true, excuse: null } }, actions: [] }
}

/** Nothing is missing; the next heartbeat is due then. */
const inTime = (dueMs: number): Heartbeat => ({ dueMs, missed: false, excuse: null })
