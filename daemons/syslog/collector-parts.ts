import type { Logger } from 'pino'
import type { Clock } from '../runtime/contract.ts'
import type { Onlooker } from './onlooker.ts'
import type { TimeInference } from './parse/time-inference.ts'
import type { ProbeEcho } from './probe-echo.ts'
import type { SenderBook } from './senders/sender-book.ts'
import type { SegmentStore } from './store/segment-store.ts'

/** What the collector works with. */
export interface CollectorParts {
  readonly store: SegmentStore
  readonly clock: Clock
  readonly log: Pick<Logger, 'error'>
  readonly inference: TimeInference
  readonly senders: SenderBook
  readonly onlooker?: Onlooker
  /** null when nobody probes. */
  readonly probe: ProbeEcho | null
  /** This machine's name, for lines of our own services and of local programs. */
  readonly host: string
  /** Ends the process at once: what it has in memory may no longer agree. Absent: it is thrown. */
  readonly giveUp?: (error: unknown) => never
}
