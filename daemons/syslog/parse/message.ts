import type { SharedHeader } from './recent-header.ts'

/** One element of STRUCTURED-DATA in the order sent; names may be anything, even `__proto__`, so no object holds them. */
export interface SdElement {
  readonly sdId: string
  readonly params: readonly (readonly [name: string, value: string])[]
}

/** What was wrong with a message, or guessed about it; the words stored under `flags`. */
export type Flag =
  /** No PRI in front: taken as user.notice (RFC 3164 section 4.3.3). */
  | 'no-pri'
  /** It began with `<` but that was no PRI: user.notice, and all of it is content. */
  | 'bad-pri'
  /** A header field stood where no time could be read from it. */
  | 'bad-timestamp'
  /** A time that is readable but not in the form its RFC demands. */
  | 'timestamp-form'
  | 'year-guessed'
  | 'zone-guessed'
  /** The zone is the one that makes the time agree with the time of receipt. */
  | 'zone-fitted'
  /** Cisco `*`: the clock was never set; Cisco `.`: it lost its source. */
  | 'clock-unset'
  | 'clock-unsynced'
  /** The device told how long it runs, not what time it is. */
  | 'uptime'
  /** A word without colon was taken as the tag. */
  | 'tag-guessed'
  | 'header-cut'
  | 'empty-field'
  | 'long-field'
  | 'bad-field'
  /** STRUCTURED-DATA that cannot be read stays in `msg`. */
  | 'bad-sd'
  /** STRUCTURED-DATA that was read although RFC 5424 forbids it so. */
  | 'sd-form'
  /** MSG began with a byte order mark, which is not kept in `msg`. */
  | 'bom'
  | 'trailing-lf'
  | 'trailing-nul'
  | 'trimmed'
  /** Longer than `max_message`; the rest is gone. */
  | 'truncated'
  /** A line of a stream that was longer than `max_message`: this is one of its pieces. */
  | 'split'
  /** The connection ended inside a counted frame. */
  | 'incomplete'
  /** Not UTF-8: the bytes are under `raw_b64`, U+FFFD stands where text could not be read. */
  | 'not-utf8'
  /** Our own code failed on it: it is kept as it came, and nothing of it is taken apart. */
  | 'unread'

/** One syslog message, taken apart. */
export interface SyslogMessage {
  readonly facility: number
  readonly severity: number
  /** VERSION of RFC 5424; null in the other formats. */
  readonly version: number | null
  /** The device's own time in RFC 3339. */
  readonly time: string | null
  /** The same as the device wrote it, without marks and zone name. */
  readonly timeText: string | null
  readonly host: string | null
  readonly app: string | null
  readonly procId: string | null
  readonly msgId: string | null
  readonly structuredData: readonly SdElement[] | null
  readonly msg: string
  readonly format: 'rfc5424' | 'rfc3164' | 'raw'
  readonly flags: Flag[]
  /** The fields above hold all of the text, so that it need not be kept beside them. */
  readonly exact: boolean
  /** The header that it has in common with others of its source, where that was seen. */
  readonly header?: SharedHeader
}
