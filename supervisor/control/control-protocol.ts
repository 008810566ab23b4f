import type { TimeDrill } from '../host/time-drills.ts'

/**
 * The control socket (`run_dir/control.sock`, unix stream): one JSON object per line each way.
 * A request is `{ id, method, params }`; its answer is `{ id, result }` or `{ id, error: { exitCode, message } }`.
 * `reexec` is answered only when it is refused: the connection ends when the program is replaced.
 * The http daemon asks the same methods over its IPC channel.
 */
export type ControlMethod = 'status' | 'why' | 'start' | 'stop' | 'restart' | 'reload' | 'reexec' | 'query' | 'change'

export interface ControlRequest {
  readonly id: number
  readonly method: ControlMethod
  /** status, why, start, stop, restart: `{ service? }`; query, change: `{ service, question, params? }`; reload, reexec: `{}`. */
  readonly params: { readonly service?: string; readonly question?: string; readonly params?: unknown }
}

export type ControlAnswer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly exitCode: number; readonly message: string } }

export type ServiceStateName = 'stopped' | 'starting' | 'ready' | 'stopping' | 'backoff' | 'parked'
export type Health = 'ok' | 'degraded' | 'failing' | 'unknown'
export type ExitReason =
  | 'exit'
  | 'signal'
  | 'start-timeout'
  | 'watchdog'
  | 'probe'
  | 'spawn'
  | 'memory'
  | 'asked'
  /** Restarted with a service that it comes after; added to the interface. */
  | 'rest-for-one'
  /** Ended with the supervisor, which was killed or crashed; added to the interface. */
  | 'supervisor'
  /** Ended with the machine; added to the interface. */
  | 'machine'

/** The result of `status` (INTERFACE section 5). */
export interface StatusReport {
  readonly supervisor: {
    readonly pid: number
    readonly version: string
    /** How often `lanward reexec` replaced its program; added to the interface. */
    readonly execs: number
    readonly uptime_s: number
    readonly config: string
    /** The file on disk is not the one that runs (any more); added to the interface. */
    readonly config_changed: boolean
    readonly health: Health
    /** What this machine or these rights did not allow, in words; added to the interface. */
    readonly limits: readonly string[]
    /** The process that stands ready to become any of our daemons; added to the interface. */
    readonly spare: SpareReport
    /** What is ended with a process: all of its cgroup, or its session and the orphans that can be known; added to the interface. */
    readonly kill_scope: 'cgroup' | 'session'
    /** A wrong time is served on purpose, beside the real one; added to the interface. */
    readonly time_drills: readonly TimeDrill[]
  }
  readonly services: readonly ServiceReport[]
}

export interface SpareReport {
  readonly state: 'ready' | 'preparing' | 'off'
  readonly pid: number | null
  readonly memory_bytes: number | null
}

export interface ServiceReport {
  readonly name: string
  readonly state: ServiceStateName
  readonly health: Health
  /** Why the health is not ok, in words; added to the interface. */
  readonly reason: string | null
  readonly pid: number | null
  readonly uptime_s: number | null
  readonly restarts: number
  readonly status: string
  readonly listen: readonly string[]
  readonly probe: {
    readonly ok: boolean
    readonly latency_ms: number | null
    readonly age_s: number
    readonly error: string | null
  } | null
  readonly last_exit: ExitReport | null
  /** null for a service that runs always; added to the interface. */
  readonly schedule: ScheduleReport | null
  readonly next_retry_s: number | null
  readonly memory_bytes: number | null
  readonly cpu_s: number | null
  /** In its cgroup; null when it has none. Added to the interface. */
  readonly processes: number | null
  readonly counters: Readonly<Record<string, number>>
  /** Of syslog: what became of the messages of the last day. null where there is no such thing; added to the interface. */
  readonly account: Readonly<Record<string, unknown>> | null
  /** Lists that the daemon tells of itself, each entry with a line for people; absent when it has none. Added to the interface. */
  readonly details?: Readonly<Record<string, readonly { readonly text: string }[]>>
  /** What lies in the sockets that are held for it; added to the interface. */
  readonly sockets: readonly SocketReport[]
}

/** One held socket as the kernel sees it now; null is what it does not tell for this kind. */
export interface SocketReport {
  readonly listen: string
  /** Kernel memory of the datagrams that wait, their bookkeeping included. */
  readonly queued_bytes: number | null
  /** Room for them, counted in the same way. */
  readonly buffer_bytes: number | null
  /** Datagrams, or requests to connect, that the kernel threw away since the socket was opened. */
  readonly dropped: number | null
  /** Connections that wait to be accepted. */
  readonly waiting: number | null
  /** How many of them may wait. */
  readonly backlog: number | null
}

/** How it stands with a service that runs by the clock. */
export interface ScheduleReport {
  readonly expression: string
  readonly timezone: string
  /** RFC 3339 in UTC; null while it is off the schedule, or when it is never due again. */
  readonly next: string | null
  /** The same in its time zone, for people. */
  readonly next_local: string | null
  /** Runs that did not take place, oldest first, in words. */
  readonly left_out: readonly string[]
}

export interface ExitReport {
  readonly at: string
  readonly code: number | null
  readonly signal: string | null
  readonly reason: ExitReason
  readonly gap_ms: number | null
  readonly queued: number | null
  readonly dropped: number | null
}

/** The result of `why`. */
export interface WhyReport {
  readonly service: ServiceReport
  readonly wanted: 'up' | 'down'
  /** Newest first, from the ledger (it outlives the supervisor). */
  readonly exits: readonly (ExitReport & { readonly life: number; readonly last_lines: readonly string[] })[]
  readonly restart_limit: { readonly restarts: number; readonly within_s: number; readonly used: number }
  /** What happens next and when, in words. */
  readonly next: string
  /** Of ntp: as in `status`. */
  readonly time_drills: readonly TimeDrill[]
}

/** The result of `start`, `stop`, `restart`. */
export interface ReachedReport {
  readonly reached: boolean
  readonly state: ServiceStateName
  readonly message: string
}

/** The result of `reload`. */
export interface ReloadReport {
  readonly changes: readonly {
    readonly service: string
    readonly change: 'unchanged' | 'reloaded' | 'restarted' | 'added' | 'removed'
  }[]
}
