/** The checked `[syslog]` section as the daemon gets it. */
export interface SyslogSection {
  readonly listen: readonly string[]
  readonly maxMessageBytes: number
  readonly segment: { readonly sizeBytes: number; readonly ageMs: number }
  readonly retention: { readonly ageMs: number; readonly sizeBytes: number }
  /** Milliseconds between fsyncs; `batch` = before the next batch is read; `off` = never asked for. */
  readonly sync: number | 'batch' | 'off'
}
