/** The checked `[ntp]` section as the daemon gets it. */
export interface NtpSection {
  readonly listen: readonly string[]
  /**
   * What this machine's clock counts for while no source is usable: `local` = it is claimed at `localStratum`; `kernel` = it is
   * worth what the kernel says, as the program told it that keeps the clock; `auto` = that, or `local` while nobody keeps it.
   */
  readonly clock: 'local' | 'kernel' | 'auto'
  /** Claimed for the local clock, 1..15; 0 = say that we are not synchronised. */
  readonly localStratum: number
  /** Claimed for a clock that the kernel says is kept right, 1..15. */
  readonly kernelStratum: number
  /** File of leap seconds (`leap-seconds.list`); absent = what the reference announces is all that is known. */
  readonly leapFile?: string
  /** Spread a leap second over the day around it, and announce none. */
  readonly smear: boolean
  /** Threads that serve, each with sockets of its own. */
  readonly instances: number
  /** Prefixes whose clients are answered; the longest match would be the same for all, so any match allows. */
  readonly allow: readonly string[]
  /** null = no limit. */
  readonly rateLimit: { readonly intervalMs: number; readonly burst: number; readonly kod: boolean } | null
  /** File of the symmetric keys; absent = none. */
  readonly keys?: string
  /** What serves the `tls://` sockets of `listen`; absent when there are none. */
  readonly nts?: NtsSettings
  /** The clock of this machine is kept by the sources; absent = it is not touched. */
  readonly discipline?: DisciplineSettings
  /** Upstream servers that tell us the time; none = the clock of this machine is all there is. */
  readonly sources: readonly SourceSettings[]
}

/** How the clock of this machine is kept. */
export interface DisciplineSettings {
  /** It is set at once when it is further off than this, among the first so many words of the sources; else it is slewed. */
  readonly step: { readonly thresholdSeconds: number; readonly updates: number }
}

/** Network time security as it is served. */
export interface NtsSettings {
  /** Files of the certificate and its key, PEM. */
  readonly cert: string
  readonly key: string
  /** How long a key seals cookies. */
  readonly rotateMs: number
  /** The time server that clients are told; null = this one, and its port. */
  readonly server: string | null
  readonly port: number | null
}

/** One upstream server. */
export interface SourceSettings {
  /** IP address or host name. */
  readonly address: string
  readonly port: number
  /** Eight questions at once at the start, for a quick first agreement. */
  readonly iburst: boolean
  /** Asked in the interleaved mode, if it knows it; absent = no. @rfc 9769 section 2 */
  readonly interleaved?: boolean
  /** Log2 of the seconds between questions, least and most. */
  readonly minPoll: number
  readonly maxPoll: number
  /** How its answers are proved to be its own; absent = not at all. */
  readonly authentication?:
    | { readonly kind: 'key'; readonly id: number }
    /** Where keys are got; the file of those who may vouch for the server, null = the authorities that Node knows. */
    | { readonly kind: 'nts'; readonly port: number; readonly ca: string | null }
}
