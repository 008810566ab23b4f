import type { SpanRecord } from '../explain/span-record.ts'
import type { Dialect } from '../senders/dialect.ts'
import type { TimeInference } from './time-inference.ts'

/** What the parsers must know besides the text. */
export interface ParseContext {
  /** Wall time of receipt in milliseconds since 1970. */
  readonly receiveMs: number
  readonly inference: TimeInference
  /** It came through a local socket, where programs name no host. */
  readonly local: boolean
  /** How the sender is known to write; null = as the message looks. */
  readonly dialect: Dialect | null
  /** Hears where each field stands; absent or null on the way of all messages that nobody asks about. */
  readonly spans?: SpanRecord | null
}
