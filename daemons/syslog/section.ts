/** The checked `[syslog]` section as the daemon gets it. */
export interface SyslogSection {
  readonly listen: readonly string[]
  readonly maxMessageBytes: number
  readonly segment: { readonly sizeBytes: number; readonly ageMs: number }
  readonly retention: { readonly ageMs: number; readonly sizeBytes: number }
  /** Milliseconds between fsyncs; `batch` = before the next batch is read; `off` = never asked for. */
  readonly sync: number | 'batch' | 'off'
  /** What serves the `tls://` sockets of `listen`; null when there are none. */
  readonly tls: TlsSection | null
}

/** Paths of PEM files, and who may send. */
export interface TlsSection {
  /** The certificate, with those that lead to its authority behind it. */
  readonly cert: string
  readonly key: string
  /** Authority of the clients' certificates; null = clients need none. */
  readonly clientCa: string | null
  /** Names that a client's certificate must have one of; none = any that the authority issued. */
  readonly clientNames: readonly string[]
}
