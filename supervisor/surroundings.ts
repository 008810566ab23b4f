import type { Logger } from 'pino'
import type { Schedule } from '../config/config.ts'
import type { Clock } from '../daemons/runtime/contract.ts'
import type { CgroupTree } from './cgroup/cgroup-tree.ts'
import type { LaunchTools } from './child/launch-tools.ts'
import type { ProbeOutcome } from './probes/probe.ts'
import type { Ledger } from './record/ledger.ts'
import type { StoreQueue } from './record/store-queue.ts'
import type { Calendar } from './schedule/calendar.ts'
import type { Gaps } from './service/gap-record.ts'
import type { HeldSockets } from './sockets/held-sockets.ts'
import type { StandIn } from './spare/spare.ts'
import type { ServiceSpec } from './spec/spec.ts'
import type { ServiceUser } from './user/service-user.ts'

/** What every service of one supervisor shares. */
export interface Surroundings {
  readonly clock: Clock
  readonly log: Logger
  readonly sockets: HeldSockets
  readonly ledger: Ledger
  readonly lines: StoreQueue
  readonly runDir: string
  readonly stateDir: string
  /** Marks our own probes on the wire, new with each supervisor. */
  readonly token: string
  /** Our own environment. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly tools: LaunchTools
  readonly spare: StandIn
  /** Where each process gets a cgroup of its own; null where none is delegated to us. */
  readonly groups: CgroupTree | null
  /** Gaps that an earlier supervisor left open when it died; they are given once. */
  gapsOf(service: string): Gaps
  /** Whom a service becomes; null = it stays what we are. Throws when there is no such user. */
  userOf(spec: ServiceSpec): ServiceUser | null
  /** Asks a service on the wire for its health; never rejects. */
  probe(spec: ServiceSpec, signal: AbortSignal): Promise<ProbeOutcome>
  /** The times of a schedule. */
  calendarOf(schedule: Schedule): Calendar
  /** For how long of the time since then (monotonic) we ourselves did not run. */
  stalledMs(sinceMs: number): number
  /** Uniform in [0, 1). */
  chance(): number
  /** Processes that the kernel killed for want of memory so far. */
  memoryKills(): number
}
