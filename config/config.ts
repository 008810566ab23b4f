import type { DhcpSection } from '../daemons/dhcp/section.ts'
import type { HttpSection } from '../daemons/http/section.ts'
import type { NtpSection } from '../daemons/ntp/section.ts'
import type { SyslogSection } from '../daemons/syslog/section.ts'

/** The whole configuration after checking: defaults filled in, paths absolute, units resolved. Plain JSON data. */
export interface LanwardConfig {
  /** Absolute path of the file it was read from. */
  readonly file: string
  /** SHA-256 of the file's bytes, to tell whether the file on disk still is what runs. */
  readonly fileHash: string
  readonly stateDir: string
  readonly runDir: string
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
  readonly supervisor: SupervisorSection
  /** Our own daemons, in the order syslog, ntp, dhcp, http; a section that is absent is not here. */
  readonly daemons: readonly DaemonService[]
  readonly foreign: readonly ForeignService[]
}

export interface SupervisorSection {
  /** User that our daemons become when we are root; `self` = no change. */
  readonly user: string
  readonly startTimeoutMs: number
  readonly stopTimeoutMs: number
  readonly watchdogMs: number
  readonly probeEveryMs: number
  /** Whether a loaded process stands ready to take the place of one of our daemons. */
  readonly spare: boolean
}

export interface RestartPolicy {
  readonly backoff: {
    readonly firstMs: number
    readonly factor: number
    readonly maxMs: number
    readonly jitter: number
  }
  readonly limit: { readonly restarts: number; readonly withinMs: number }
  readonly parkRetryMs: number
  readonly resetAfterMs: number
  readonly on: 'always' | 'failure' | 'never'
  /** Restarted too whenever a service that it comes after has become ready anew. */
  readonly restForOne: boolean
}

export type DaemonService = {
  readonly enabled: boolean
  readonly restart: RestartPolicy
} & (
  | { readonly name: 'syslog'; readonly section: SyslogSection }
  | { readonly name: 'ntp'; readonly section: NtpSection }
  | { readonly name: 'dhcp'; readonly section: DhcpSection }
  | { readonly name: 'http'; readonly section: HttpSection }
)

/** Any other program, supervised by the same rules. */
export interface ForeignService {
  readonly name: string
  readonly enabled: boolean
  readonly command: readonly string[]
  /** null = the user of `[supervisor] user`. */
  readonly user: string | null
  readonly type: 'simple' | 'notify'
  readonly listen: readonly string[]
  readonly after: readonly string[]
  readonly restart: RestartPolicy
  readonly environment: Readonly<Record<string, string>>
  /** Absolute; null = the root folder. */
  readonly workingDirectory: string | null
  readonly limits: readonly ResourceLimit[]
  /** The signal that asks it to end. */
  readonly stopSignal: StopSignal
  /** null = the time of `[supervisor]`. */
  readonly startTimeoutMs: number | null
  readonly stopTimeoutMs: number | null
  /** Longest silence between heartbeats; null = it sends none. */
  readonly watchdogMs: number | null
  /** The descriptor on which it writes a newline when it is ready, as s6 has it; null = it speaks over NOTIFY_SOCKET. */
  readonly notifyFd: number | null
  /** Run at these times instead of always; null = always. */
  readonly schedule: Schedule | null
}

/** Times at which a program runs. */
export interface Schedule {
  /** A cron expression of 5 or 6 fields. */
  readonly expression: string
  /** IANA name; null = the time zone of the machine. */
  readonly timezone: string | null
}

/** A resource limit of setrlimit(2), named as prlimit(1) names it, soft and hard alike. */
export interface ResourceLimit {
  readonly resource: 'nofile' | 'nproc' | 'data' | 'stack' | 'core' | 'fsize' | 'memlock' | 'cpu'
  /** Descriptors, processes, bytes or seconds. */
  readonly most: number | 'unlimited'
}

export type StopSignal =
  | 'SIGTERM'
  | 'SIGINT'
  | 'SIGQUIT'
  | 'SIGHUP'
  | 'SIGUSR1'
  | 'SIGUSR2'
  | 'SIGWINCH'
  | 'SIGABRT'
  | 'SIGKILL'
