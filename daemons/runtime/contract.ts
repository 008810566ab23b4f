import type { Logger } from 'pino'
import type { ListenUrl } from '../wire/listen-url.ts'

/**
 * What a daemon is given and what it gives back. `run-daemon.ts` makes the first from the environment that the
 * supervisor (or systemd) prepared and drives the second; a daemon's `main.ts` is the only file that meets both.
 */

/** A socket opened by whoever started us; it outlives this process, so nothing waiting in it is lost. */
export interface HeldSocket {
  readonly fd: number
  /** The listen URL as text, e.g. `udp://0.0.0.0:514`. */
  readonly name: string
  readonly url: ListenUrl
  /**
   * A door on loopback that only the supervisor's probe uses, for a service whose own sockets it cannot reach
   * (bound to an interface, or no UDP at all). Serve it like the others; in LISTEN_FDNAMES it ends in `#probe`.
   */
  readonly probeOnly: boolean
}

/** Time as an argument: wall time and monotonic time are never mixed. */
export interface Clock {
  /** Wall time in whole milliseconds since 1970. */
  wallMs(): number
  /** Wall time in nanoseconds since 1970, as precise as the kernel keeps it. */
  wallNs(): bigint
  /** Milliseconds of a clock that never jumps, the same for all programs of this machine; only differences mean anything. */
  monotonicMs(): number
}

export type Counters = Readonly<Record<string, number>>

export type Details = Readonly<Record<string, readonly { readonly text: string }[]>>

export interface DaemonContext<Section> {
  readonly name: string
  /** The checked section of the configuration, all units resolved to numbers. */
  readonly section: Section
  /** This daemon's own folder; exists and is writable by it. */
  readonly stateDir: string
  readonly sockets: readonly HeldSocket[]
  readonly log: Logger
  /** 32 hex digits that mark the supervisor's own health probes; null when nobody probes. */
  readonly probeToken: string | null
  readonly clock: Clock
  /**
   * Ends the process at once, for a fault of our own after which its memory may not agree with its files (exit 70): no drain, nothing is
   * closed. Needed where a throw has nowhere to go, as in the callback of a watched descriptor.
   */
  giveUp(error: unknown): never
  /** Asks the supervisor (`status`, `query`, …: the methods of the control socket); rejects when there is none. */
  askSupervisor(method: string, params: unknown): Promise<unknown>
}

export interface RunningDaemon<Section> {
  /** One line for people: what it does right now. */
  status(): string
  /** What keeps it from all or part of its work right now, each in words: its health is `degraded` while there are any. */
  faults?(): readonly string[]
  /**
   * Running totals since this process began, snake_case names; never reset. `waited` and `dropped_before` among
   * them (sums over the daemon's datagram servers) are not shown as counters: the supervisor reports them for the restart,
   * with the connections that had waited.
   */
  counters(): Counters
  /** What became of what was entrusted to it, as the health report shows it under `account`. */
  account?(): unknown
  /** Lists of what it works with, each entry with a line for people under `text`; shown as `services[].details`. */
  details?(): Details
  /**
   * Answers a question by name (`leases`, `time`, …); undefined when the question is not known here. `reread` comes at a
   * reload that leaves the section as it is: the files that it names may be others.
   */
  answer(question: string, params: unknown): Promise<unknown>
  /** Takes over a new section (SIGHUP); throws when only a restart can. */
  reload(section: Section): Promise<void>
  /** Finishes what was accepted, closes files; the process exits afterwards (SIGTERM). */
  drain(): Promise<void>
}

/** A start that no restart mends, only a person: exit 78. */
export class StartRefused extends Error {}

export type StartDaemon<Section> = (context: DaemonContext<Section>) => Promise<RunningDaemon<Section>>
