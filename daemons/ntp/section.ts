/** The checked `[ntp]` section as the daemon gets it. */
export interface NtpSection {
  readonly listen: readonly string[]
  /** Served when no source is usable, 1..15; 0 = say that we are not synchronised. */
  readonly localStratum: number
  /** Prefixes whose clients are answered; the longest match would be the same for all, so any match allows. */
  readonly allow: readonly string[]
  /** null = no limit. */
  readonly rateLimit: { readonly intervalMs: number; readonly burst: number; readonly kod: boolean } | null
  /** Upstream servers that tell us the time; none = the clock of this machine is all there is. */
  readonly sources: readonly SourceSettings[]
}

/** One upstream server. */
export interface SourceSettings {
  /** IP address or host name. */
  readonly address: string
  readonly port: number
  /** Eight questions at once at the start, for a quick first agreement. */
  readonly iburst: boolean
  /** Log2 of the seconds between questions, least and most. */
  readonly minPoll: number
  readonly maxPoll: number
}
