import type { ResourceLimit, Schedule, StopSignal } from '../../config/config.ts'
import type { ListenUrl } from '../../daemons/wire/listen-url.ts'
import type { Rules } from '../service/service-state.ts'

/** One socket that the supervisor holds for a service. */
export interface SocketSpec {
  /** As configured; it names the socket across restarts and reloads. */
  readonly text: string
  readonly url: ListenUrl
  /** A door on loopback for our probes alone. */
  readonly probeOnly: boolean
  /** `text` of the socket whose address it shares: the kernel divides the senders among them (SO_REUSEPORT). */
  readonly beside?: string
}

/** How a service is asked for its health on the wire. */
export interface ProbeSpec {
  readonly protocol: 'ntp' | 'syslog' | 'dhcp' | 'http'
  /** The address that a DHCP probe claims to relay for, of IPv6 where DHCPv6 is asked; null for the others. */
  readonly giaddr: string | null
  /** What it asks for there: an address, or settings alone where only reserved clients get one. */
  readonly wants: 'address' | 'settings'
  /** What DHCPv6 is asked as well, where dhcp serves both protocols; absent = nothing. */
  readonly beside?: Omit<ProbeSpec, 'beside'>
}

/** What a program of somebody else is given beyond the common contract. */
export interface ProgramSetup {
  readonly environment: Readonly<Record<string, string>>
  /** null = the root folder. */
  readonly workingDirectory: string | null
  readonly limits: readonly ResourceLimit[]
  /** Where it writes a newline when it is ready; null = it tells by NOTIFY_SOCKET, or not at all. */
  readonly notifyFd: number | null
}

/** Nothing beyond the contract. */
export const PLAIN_SETUP: ProgramSetup = { environment: {}, workingDirectory: null, limits: [], notifyFd: null }

/** Rights of root that one of our daemons may need as its user, as capabilities(7) has them. */
export type KeptCapability = 'sys_time'

/** All that is needed to run one service: plain data, so that two of them can be compared. */
export interface ServiceSpec {
  readonly name: string
  /** Our own daemons speak over IPC and get their section; other programs get the systemd contract alone. */
  readonly own: boolean
  readonly command: readonly string[]
  /** The user that the program becomes; null = ours. */
  readonly user: string | null
  /** What it keeps of our rights as that user; absent = nothing. */
  readonly keeps?: readonly KeptCapability[]
  readonly sockets: readonly SocketSpec[]
  readonly after: readonly string[]
  readonly section: unknown
  readonly setup: ProgramSetup
  /** What asks it to end; a process that does not answer gets SIGABRT or SIGKILL whatever stands here. */
  readonly stopSignal: StopSignal
  /** Runs at these times instead of always; null = always. */
  readonly schedule: Schedule | null
  readonly rules: Rules
  readonly probe: ProbeSpec | null
}
