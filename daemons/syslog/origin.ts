import type { Allowance } from './limits/rate-limits.ts'
import type { Sender } from './senders/sender.ts'

/** Where messages come from. */
export interface Origin {
  /** `src` of the messages: the other end, or `unix`. */
  readonly peer: string
  /** The part of a stored line that says so, from `formatSource`. */
  readonly text: Uint8Array
  readonly sender: Sender
  /** How much may still come from there; null where senders wait instead. */
  readonly allowance: Allowance | null
}
