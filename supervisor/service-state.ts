import type { RestartPolicy } from '../config/config.ts'
import type { ExitReason } from './control-protocol.ts'
import type { ProbeOutcome } from './probes/probe.ts'
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

/** Heartbeats of a ready process; the first one missed is only suspicious, the second is a verdict. */
export interface Heartbeat {
  readonly dueMs: number
  readonly missed: boolean
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
    | { readonly kind: 'stopped'; readonly cause: 'new' | 'asked' | 'finished' }
    /** Wanted up, and waits for its time; `failure` tells what was wrong with the last run. */
    | { readonly kind: 'stopped'; readonly cause: 'waiting'; readonly failure: string | null }
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
        readonly signal: 'SIGTERM' | 'SIGABRT' | 'SIGKILL'
        readonly deadlineMs: number
        readonly readyForMs: number
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
  | { readonly kind: 'heartbeat'; readonly life: number; readonly nowMs: number }
  | { readonly kind: 'probed'; readonly life: number; readonly outcome: ProbeOutcome; readonly nowMs: number }
  | {
      readonly kind: 'exited'
      readonly life: number
      readonly code: number | null
      readonly signal: string | null
      /** The kernel killed it for want of memory. */
      readonly outOfMemory: boolean
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
