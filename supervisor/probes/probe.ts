/** What a service said when it was asked on the wire. */
export type ProbeOutcome =
  | { readonly kind: 'ok'; readonly latencyMs: number }
  /** It answered, but wrongly. */
  | { readonly kind: 'sick'; readonly error: string; readonly latencyMs: number }
  /** No answer came. */
  | { readonly kind: 'silent'; readonly error: string }

/** Asks one service once; never rejects. An aborted signal ends it early as `silent`. */
export type Probe = (signal: AbortSignal) => Promise<ProbeOutcome>

/** What every probe needs to know. */
export interface ProbeOptions {
  /** 32 hex digits by which the daemon knows its own supervisor. */
  readonly token: string
  readonly timeoutMs: number
  /** A monotonic clock in milliseconds, such as `performance.now`. */
  readonly now: () => number
}
