import type { LiveArrival } from './forward/live-record.ts'
import type { SyslogMessage } from './parse/message.ts'

/** One who takes in messages while they are in memory, and hears what became of them. */
export interface Onlooker {
  /** The store is about to get it. */
  add(message: SyslogMessage, arrival: LiveArrival): void
  /** The store has all that were added. */
  stored(): void
  /** It has none of them; their numbers are given out anew. */
  refused(): void
}
