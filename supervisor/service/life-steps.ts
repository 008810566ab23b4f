import type { ExitReason } from '../control/control-protocol.ts'
import { chooseRestart, type EndedRun, NO_HISTORY } from './restart-policy.ts'
import type { Rules, ServiceEvent, ServiceMemory, Step, StopReason } from './service-state.ts'

/** Exit codes by which a program says that trying again is no use (sysexits), and what that means when it says no more. */
const FINAL_CODES: ReadonlyMap<number, string> = new Map([
  [64, 'it was called wrongly'],
  [78, 'its configuration is wrong, or something that it needs is not there'],
])
/** EX_SOFTWARE: a fault of our own may have anybody's bytes in its words, and these go to everybody who asks for the health. */
const BUG_CODE = 70

/** How one process came to its end. */
export interface End {
  readonly reason: ExitReason
  readonly code: number | null
  readonly signal: string | null
  readonly error: string | null
  /** What the process named as the cause; null when it did not. */
  readonly said: string | null
}

/**
 * Starts the next life.
 *
 * @param cause `asked` forgets earlier failures, `due` is by the clock, the others count as a restart; `takeOver` is by the
 * spare, while who asks gets the program as it is on the disk now
 */
export function begin(
  memory: ServiceMemory,
  nowMs: number,
  rules: Rules,
  cause: 'asked' | 'automatic' | 'takeOver' | 'due',
): Step {
  const life = memory.life + 1
  return {
    next: {
      wanted: 'up',
      life,
      restarts: memory.restarts + (cause === 'asked' || cause === 'due' ? 0 : 1),
      history: cause === 'asked' ? NO_HISTORY : memory.history,
      kind: 'starting',
      deadlineMs: nowMs + rules.startTimeoutMs,
    },
    actions: [{ kind: 'spawn', life, spare: cause === 'takeOver' }],
  }
}

/** A start that came to nothing: no program (retried soon), or no socket (parked: only the outside can change that). */
export function begun(
  memory: ServiceMemory,
  event: Extract<ServiceEvent, { kind: 'spawnFailed' | 'socketFailed' }>,
  rules: Rules,
): Step {
  const end: End = { reason: 'spawn', code: null, signal: null, error: event.error, said: null }
  if (event.kind === 'spawnFailed') return afterEnd(memory, end, { readyForMs: 0, spare: false, ...event }, rules)
  const { wanted, life, restarts, history } = memory
  const next = { wanted, life, restarts, history: { ...history, onTrial: true } }
  return {
    next:
      wanted === 'down'
        ? { ...next, kind: 'stopped', cause: 'asked' }
        : { ...next, kind: 'parked', untilMs: event.nowMs + rules.restart.parkRetryMs, why: event.error },
    actions: [recordOf(life, end)],
  }
}

/**
 * Names the end of a process: what we did to it comes first, then what it did itself.
 *
 * @param stop why we were ending it, if we were
 */
export function ended(
  event: Extract<ServiceEvent, { kind: 'exited' }>,
  stop: { readonly reason: StopReason; readonly found: string | null } | null = null,
): End {
  const { code, signal, said } = event
  const own: ExitReason = event.outOfMemory ? 'memory' : signal !== null ? 'signal' : 'exit'
  return { reason: stop?.reason ?? own, code, signal, error: stop?.found ?? null, said }
}

/** Decides what follows the end of a process: rest, start again at once, later, slowly, or not by itself. */
export function afterEnd(memory: ServiceMemory, end: End, run: EndedRun, rules: Rules): Step {
  const { wanted, life, restarts, history } = memory
  const actions: Step['actions'] =
    end.reason === 'spawn' ? [recordOf(life, end)] : [recordOf(life, end), { kind: 'sweep', life }]
  const kept = { wanted, life, restarts, history }
  if (wanted === 'down') return { next: { ...kept, kind: 'stopped', cause: 'asked' }, actions }
  if (end.reason === 'asked') return followedBy(actions, begin(kept, run.nowMs, rules, 'asked'))
  if (end.reason === 'rest-for-one') return followedBy(actions, begin(kept, run.nowMs, rules, 'automatic'))
  const final = end.reason === 'exit' && end.code !== null ? FINAL_CODES.get(end.code) : undefined
  if (final !== undefined) {
    const why = `${describeEnd({ ...end, said: end.said ?? final })}; not retried`
    return { next: { ...kept, kind: 'parked', untilMs: null, why }, actions }
  }
  const { on } = rules.restart
  const good = end.reason === 'exit' && end.code === 0
  const failure = good ? null : describeEnd(end)
  if (rules.scheduled && (good || on === 'never'))
    return { next: { ...kept, history: NO_HISTORY, kind: 'stopped', cause: 'waiting', failure }, actions }
  if (on === 'never' || (on === 'failure' && good))
    return { next: { ...kept, wanted: 'down', kind: 'stopped', cause: 'finished', failure }, actions }
  const choice = chooseRestart(rules.restart, history, run)
  const { atMs } = choice
  const remembering = { ...kept, history: choice.history }
  if (choice.kind === 'takeOver') return followedBy(actions, begin(remembering, atMs, rules, 'takeOver'))
  const next = { ...remembering, untilMs: atMs }
  const why = describeEnd(end)
  return {
    next:
      choice.kind === 'retry'
        ? { ...next, kind: 'backoff', why }
        : { ...next, kind: 'parked', why: `${why}; failed too often, tried again slowly` },
    actions,
  }
}

function followedBy(actions: Step['actions'], { next, actions: more }: Step): Step {
  return { next, actions: [...actions, ...more] }
}

function recordOf(life: number, { reason, code, signal, error }: End): Step['actions'][number] {
  return { kind: 'recordExit', life, reason, code, signal, error }
}

/** The end of a process in words, for people. */
export function describeEnd({
  reason,
  code,
  signal,
  error,
  said,
}: Omit<End, 'error' | 'said'> & Partial<Pick<End, 'error' | 'said'>>): string {
  const fate = signal === null ? `exit code ${code}` : `killed by ${signal}`
  switch (reason) {
    case 'exit':
      return code === BUG_CODE ? fate : withCause(fate, said)
    case 'signal':
      return fate
    case 'memory':
      return 'killed by the kernel for want of memory'
    case 'start-timeout':
      return 'did not become ready in time'
    case 'watchdog':
      return withCause('its heartbeat stopped', error)
    case 'probe':
      return withCause('it no longer answered the probe', error)
    case 'spawn':
      return error ?? 'could not be started'
    case 'asked':
      return 'stopped by command'
    case 'rest-for-one':
      return 'restarted with a service that it comes after'
    case 'supervisor':
      return 'ended with lanward itself'
    case 'machine':
      return 'ended with the machine'
  }
}

function withCause(what: string, cause: string | null | undefined): string {
  return typeof cause === 'string' ? `${what}: ${cause}` : what
}
