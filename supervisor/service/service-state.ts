import type { RestartPolicy } from '../../config/config.ts'
import type { ExitReason } from '../control/control-protocol.ts'
import type { ProbeOutcome } from '../probes/probe.ts'
import { NO_HISTORY, type RestartHistory } from './restart-policy.ts'

/** The numbers that the state table goes by. */
export interface Rules {
  readonly startTimeoutMs: number
  readonly stopTimeoutMs: number
  /** Longest silence between heartbeats; null = this program sends none. */
  readonly watchdogMs: number | null
  /** null = there is no probe for this program. */
  readonly probeEveryMs: number | null
  /** What makes it ready: its own word, or that it could be started. */
  readonly readiness: 'notify' | 'spawned'
  /** Runs by the clock: between its runs it waits, and that is as it should be. */
  readonly scheduled: boolean
  readonly restart: RestartPolicy
}

/** What outlives every state: the wish, the number of the newest process, and the restarts so far. */
export interface ServiceMemory {
  readonly wanted: 'up' | 'down'
  /** Counts every attempt to start a process; 0 = none yet. */
  readonly life: number
  /** Automatic restarts since the supervisor began. */
  readonly restarts: number
  readonly history: RestartHistory
}

/** Why we end a process ourselves. */
export type StopReason = Extract<ExitReason, 'asked' | 'start-timeout' | 'watchdog' | 'probe' | 'rest-for-one'>

/** Heartbeats of a ready process; the first one missed is only suspicious, after the second it is examined. */
export interface Heartbeat {
  /** null while the process is examined. */
  readonly dueMs: number | null
  readonly missed: boolean
  /** Why it was not held against the process that one was missing, in words; null when none is. */
  readonly excuse: string | null
}

/** What an examination found of a process that gives no sign of life. */
export interface Finding {
  /** False when it is not to blame: it would run if it were let. */
  readonly hung: boolean
  readonly words: string
}

/** Probes of a ready process. */
export interface Probing {
  /** When to ask next; null while one is under way. */
  readonly dueMs: number | null
  /** Unanswered in a row. */
  readonly silent: number
  readonly last: { readonly outcome: ProbeOutcome; readonly atMs: number } | null
}

/** Observed state; every timer is a time inside the state that it belongs to, so it ends with it. */
export type ServiceState = ServiceMemory &
  (
    | { readonly kind: 'stopped'; readonly cause: 'new' | 'asked' }
    /** Wanted up, and waits for its time; `failure` tells what was wrong with the last run. */
    | { readonly kind: 'stopped'; readonly cause: 'waiting' | 'finished'; readonly failure: string | null }
    | { readonly kind: 'starting'; readonly deadlineMs: number }
    | {
        readonly kind: 'ready'
        readonly readyMs: number
        readonly heartbeat: Heartbeat | null
        readonly probing: Probing | null
        /** When what waited in the sockets is counted again; null = counted for good. */
        readonly measureMs: number | null
      }
    | {
        readonly kind: 'stopping'
        readonly reason: StopReason
        /** null while it is asked for its stack, before SIGABRT. */
        readonly signal: 'SIGTERM' | 'SIGABRT' | 'SIGKILL' | null
        readonly deadlineMs: number
        readonly readyForMs: number
        /** What the examination found, when that is why it is ended. */
        readonly found: string | null
      }
    | { readonly kind: 'backoff'; readonly untilMs: number; readonly why: string }
    | { readonly kind: 'parked'; readonly untilMs: number | null; readonly why: string }
  )

/** Everything that can happen to a service. What comes back later carries the life it is about. */
export type ServiceEvent =
  | { readonly kind: 'start'; readonly nowMs: number }
  | { readonly kind: 'stop'; readonly nowMs: number }
  | { readonly kind: 'restart'; readonly nowMs: number }
  /** Stop without patience. */
  | { readonly kind: 'kill'; readonly nowMs: number }
  /** It runs by the clock from now on, and waits for its time; `failure` is that of its last run, if it failed. */
  | { readonly kind: 'enlist'; readonly failure: string | null; readonly nowMs: number }
  /** Its time has come. */
  | { readonly kind: 'due'; readonly nowMs: number }
  /** A service that this one comes after, and wants to be restarted with, has become ready anew. */
  | { readonly kind: 'follow'; readonly nowMs: number }
  | { readonly kind: 'spawned'; readonly life: number; readonly nowMs: number }
  | {
      readonly kind: 'spawnFailed'
      readonly life: number
      readonly error: string
      readonly nowMs: number
      readonly chance: number
    }
  /** A socket of the service could not be opened; nothing was started. */
  | { readonly kind: 'socketFailed'; readonly life: number; readonly error: string; readonly nowMs: number }
  | { readonly kind: 'ready'; readonly life: number; readonly nowMs: number }
  /** It asks for more time to start or to end (EXTEND_TIMEOUT_USEC), counted from now. */
  | { readonly kind: 'extend'; readonly life: number; readonly forMs: number; readonly nowMs: number }
  /** It ends by itself (STOPPING=1). */
  | { readonly kind: 'leaving'; readonly life: number; readonly nowMs: number }
  | { readonly kind: 'heartbeat'; readonly life: number; readonly nowMs: number }
  /** `stalledMs` > 0 when the supervisor slept meanwhile and may have missed the answer. */
  | {
      readonly kind: 'probed'
      readonly life: number
      readonly outcome: ProbeOutcome
      readonly nowMs: number
      readonly stalledMs: number
    }
  | {
      readonly kind: 'examined'
      readonly life: number
      readonly about: 'watchdog' | 'probe'
      readonly finding: Finding
      readonly nowMs: number
    }
  /** Its stack was told, or cannot be had. */
  | { readonly kind: 'interrogated'; readonly life: number; readonly nowMs: number }
  | {
      readonly kind: 'exited'
      readonly life: number
      readonly code: number | null
      readonly signal: string | null
      /** The kernel killed it for want of memory. */
      readonly outOfMemory: boolean
      /** The last error that one of our daemons named; null = none, or a program that is not ours. */
      readonly said: string | null
      /** The spare stands ready to become this daemon. */
      readonly spare: boolean
      readonly nowMs: number
      readonly chance: number
    }
  /** Time passed; `stalledMs` > 0 when the supervisor itself slept longer than it had asked for. */
  | { readonly kind: 'time'; readonly nowMs: number; readonly stalledMs: number }

/** What the shell has to carry out, in order. */
export type ServiceAction =
  /** `spare`: by the process that stands ready, if it still does. */
  | { readonly kind: 'spawn'; readonly life: number; readonly spare: boolean }
  /** To the whole process group; SIGTERM stands for the signal by which this program is asked to end. */
  | { readonly kind: 'signal'; readonly life: number; readonly signal: 'SIGTERM' | 'SIGABRT' | 'SIGKILL' }
  /** Ends what a process left behind when it died. */
  | { readonly kind: 'sweep'; readonly life: number }
  | {
      readonly kind: 'recordExit'
      readonly life: number
      readonly reason: ExitReason
      readonly code: number | null
      readonly signal: string | null
      readonly error: string | null
    }
  | { readonly kind: 'recordReady'; readonly life: number }
  | { readonly kind: 'probe'; readonly life: number }
  | { readonly kind: 'measure'; readonly life: number }
  /** Notes how it stands with the process now, to compare with later. */
  | { readonly kind: 'suspect'; readonly life: number; readonly about: 'watchdog' | 'probe' }
  /** Finds out why it gives no sign of life; answered by `examined`. */
  | { readonly kind: 'examine'; readonly life: number; readonly about: 'watchdog' | 'probe' }
  /** Asks a hung process where it is; answered by `interrogated`. */
  | { readonly kind: 'interrogate'; readonly life: number }

export interface Step {
  readonly next: ServiceState
  readonly actions: readonly ServiceAction[]
}

/** The state of a service that was never started. */
export const NEW_SERVICE: ServiceState = {
  kind: 'stopped',
  cause: 'new',
  wanted: 'down',
  life: 0,
  restarts: 0,
  history: NO_HISTORY,
}

export type StateOf<Kind extends ServiceState['kind']> = Extract<ServiceState, { kind: Kind }>
export type EventOf<Kind extends ServiceEvent['kind']> = Extract<ServiceEvent, { kind: Kind }>
