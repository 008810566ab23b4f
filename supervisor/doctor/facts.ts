import type { LanwardConfig } from '../../config/config.ts'
import type { ConfigProblem } from '../../config/config-problem.ts'
import type { ListenUrl } from '../../daemons/wire/listen-url.ts'
import type { StatusReport } from '../control/control-protocol.ts'
import type { TimeDrill } from '../host/time-drills.ts'
import type { PortHolder } from '../sockets/port-holder.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import type { ServiceUser } from '../user/service-user.ts'
import type { ReadingFault } from './reading-fault.ts'

/**
 * All that the checks know of the machine, gathered beforehand: plain values, so that a test can put a sick machine
 * together. Null is what could not be seen.
 */
export interface Facts {
  readonly runtime: RuntimeFacts
  readonly configuration: ConfigurationFacts
  readonly supervisor: SupervisorFacts
  readonly rights: RightsFacts
  readonly sockets: readonly SocketFact[]
  readonly users: readonly UserFact[]
  readonly programs: readonly ProgramFact[]
  readonly kernel: KernelFacts
  readonly folders: FolderFacts | null
  readonly clock: ClockFacts
  readonly descriptors: DescriptorFacts
  readonly memory: MemoryFacts
  readonly interfaces: readonly InterfaceFact[]
  readonly firewall: FirewallFacts
  readonly localLog: LocalLogFacts
  readonly secrets: readonly SecretFact[]
  readonly files: readonly FileFact[]
  readonly timeDrills: readonly TimeDrill[]
}

export interface RuntimeFacts {
  readonly version: string
  readonly execPath: string
  /** Why the system calls cannot be made; null when they can. */
  readonly systemCallError: string | null
  /** Version of the package that this command belongs to. */
  readonly installed: string
}

export type ConfigurationFacts =
  | { readonly kind: 'wrong'; readonly file: string; readonly problems: readonly ConfigProblem[] }
  | {
      readonly kind: 'ok'
      readonly file: string
      readonly config: LanwardConfig
      /** What the configuration makes the supervisor run. */
      readonly specs: readonly ServiceSpec[]
      readonly warnings: readonly ConfigProblem[]
    }

export type SupervisorFacts =
  | { readonly kind: 'running'; readonly report: StatusReport }
  /** Nobody answers, or we may not ask. */
  | { readonly kind: 'absent' | 'forbidden' | 'mute'; readonly message: string }

export interface RightsFacts {
  readonly uid: number
  readonly name: string
  /** Effective capabilities, bit n for capability n. */
  readonly capabilities: bigint
  /** Whether they hold only inside of a user namespace, not on the machine itself. */
  readonly inUserNamespace: boolean
}

/** Who has a port. */
export interface HolderFact extends PortHolder {
  /** The unit of systemd that it runs in, such as `chrony.service`. */
  readonly unit: string | null
  /** What an interpreter such as `node` runs; null for other programs. */
  readonly script: string | null
  /** Our own supervisor or a process below it. */
  readonly own: boolean
  /** The supervisor or a daemon of another Lanward. */
  readonly isLanward: boolean
}

export interface SocketFact {
  readonly service: string
  readonly url: ListenUrl
  /** What came of trying to open it; `untried` for unix sockets, whose path a trial would take away. */
  readonly trial: 'free' | 'untried' | { readonly code: string; readonly message: string }
  /** Who has it, where it is taken and the holder could be seen. */
  readonly holder: HolderFact | null
}

/** A user that services become. */
export interface UserFact {
  readonly name: string
  /** null when there is no such user. */
  readonly user: ServiceUser | null
  /** The first file or folder on the way to our programs that it may not read or pass; null = none. */
  readonly obstacle: string | null
}

/** A program that is not ours. */
export interface ProgramFact {
  readonly service: string
  /** Why it could not be started; null when it is there. */
  readonly error: string | null
}

export interface KernelFacts {
  /** Bytes of `net.core.rmem_max`. */
  readonly rmemMax: number | null
  /** Receive buffer that a socket of ours really gets. */
  readonly grantedBytes: number | null
  readonly somaxconn: number | null
  /** Datagrams that a unix socket holds. */
  readonly unixQueue: number | null
}

/** One folder that we write to, or its nearest ancestor when it is not there yet. */
export interface FolderFact {
  readonly path: string
  readonly exists: boolean
  readonly writable: boolean
  /** What stands where a folder would have to be; null = nothing. */
  readonly obstacle: string | null
  /** Name of the file system, such as `ext4`. */
  readonly fileSystem: string
  readonly freeBytes: number
  readonly totalBytes: number
  /** 0 of 0 where the file system has no fixed number of them. */
  readonly freeInodes: number
  readonly totalInodes: number
}

export interface FolderFacts {
  readonly state: FolderFact
  readonly run: FolderFact
  /** Files and folders of ours inside that we may not write to. */
  readonly unwritable: readonly string[]
  /** Size of the log store. */
  readonly storedBytes: number
}

export interface ClockFacts {
  readonly nowMs: number
  /** null where the kernel does not tell. */
  readonly synchronised: boolean | null
  /** The newest file under the state folder. */
  readonly newest: { readonly path: string; readonly atMs: number } | null
  /** Whether the machine has a clock that runs while it is off. */
  readonly hasHardwareClock: boolean
}

export interface DescriptorFacts {
  /** How many descriptors a process of ours may have. */
  readonly limit: number | null
  /** The same of the running supervisor. */
  readonly supervisorLimit: number | null
  readonly openOnMachine: number | null
  readonly maxOnMachine: number | null
}

export interface MemoryFacts {
  readonly totalBytes: number
  readonly availableBytes: number
  readonly swapTotalBytes: number
  readonly swapFreeBytes: number
  /** What the control group of this process still lets us have. */
  readonly groupFreeBytes: number | null
  /** Share of the last minute in which something waited for memory, percent. */
  readonly pressure: number | null
  /** Processes killed for want of memory since the machine started. */
  readonly kills: number
  /** oom_score_adj of the running supervisor: above 0 = among the first to be killed. */
  readonly oomScore: number | null
}

export interface InterfaceFact {
  readonly name: string
  readonly up: boolean
  /** A cable or a radio link is there. */
  readonly carrier: boolean
  readonly ipv4: readonly string[]
  readonly ipv6: readonly string[]
}

export interface FirewallFacts {
  readonly program: 'ufw' | 'firewalld' | null
  /** `udp/514` of each port that is let in from anywhere; null when the rules are hidden from us. */
  readonly open: readonly string[] | null
}

/** A certificate or a key that a service uses. */
export interface SecretFact {
  /** Where the configuration names it, such as `ntp.nts.cert`. */
  readonly setting: string
  readonly path: string
  /** What the service does with it: proves itself, or judges the proofs of others. */
  readonly role: 'certificate' | 'key' | 'authority'
  /** Whether every user of the machine may read what should be secret. */
  readonly isPublic: boolean
  /** null for what does not expire. */
  readonly expiresMs: number | null
  /** Why it is of no use; null when it is. */
  readonly error: ReadingFault | null
  /** Who cannot read it though the service needs it, and the file or the folder before it that is closed to that user; null = nobody. */
  readonly closed: { readonly path: string; readonly user: string } | null
}

/** A file or folder that a service only reads. */
export interface FileFact {
  /** Where the configuration names it, such as `http.root`. */
  readonly setting: string
  readonly path: string
  /** Why it is of no use, in words that go behind the path; null when it is. */
  readonly error: string | null
}

export interface LocalLogFacts {
  /** Where `/dev/log` leads to; null when there is none. */
  readonly target: string | null
  readonly holder: PortHolder | null
}
