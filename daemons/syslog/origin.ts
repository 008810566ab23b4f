import type { Allowance } from './limits/rate-limits.ts'
import type { SyslogMessage } from './parse/message.ts'
import type { RecentHeader } from './parse/recent-header.ts'
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
  readonly recent: RecentHeader
}

/** Where the messages of one stream come from. */
export interface StreamSource extends Origin {
  /** It came through a socket of this machine, on which programs name no host. */
  readonly local: boolean
  /** URL of the listener. */
  readonly via: string
  /** The first piece of the line that is being split. */
  first: SyslogMessage | null
}
