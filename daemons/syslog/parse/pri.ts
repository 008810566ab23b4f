/** Keywords of the 24 facilities in numeric order, as RFC 5424 table 1 and Linux name them. */
export const FACILITIES: readonly string[] = [
  ...['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp'],
  ...['ntp', 'security', 'console', 'solaris-cron'],
  ...['local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'],
]

/** Keywords of the eight severities, worst first. */
export const SEVERITIES: readonly string[] = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug']

/** PRI of a message that has none: user.notice. @rfc 3164 section 4.3.3 */
export const DEFAULT_PRI = 13

/** What stood at the front: a PRI value 0..191 and the offset behind it, or nothing usable. */
export type PriReading =
  | { readonly kind: 'pri'; readonly pri: number; readonly end: number }
  | { readonly kind: 'absent' | 'bad' }

const ABSENT: PriReading = { kind: 'absent' }
const BAD: PriReading = { kind: 'bad' }

/**
 * Reads the PRI part; never throws.
 *
 * @rfc 5424 section 6.2.1: one to three digits, at most 191, no leading zeros
 * @returns `absent` when the text does not begin with `<`
 * @attack a value above 191 overflowed tables elsewhere: here at most three digits are ever read
 */
export function decodePri(text: string): PriReading {
  if (text.charCodeAt(0) !== LESS) return ABSENT
  let pri = 0
  let at = 1
  for (; at < 5; at++) {
    const digit = text.charCodeAt(at) - ZERO
    if (!(digit >= 0 && digit <= 9)) break
    pri = pri * 10 + digit
  }
  if (at === 1 || at === 5 || pri > 191 || text.charCodeAt(at) !== GREATER) return BAD
  if (at > 2 && text.charCodeAt(1) === ZERO) return BAD
  return { kind: 'pri', pri, end: at + 1 }
}

/** The severity that the PRI of a text says, or that is taken when it has none. */
export function severityIn(text: string): number {
  const reading = decodePri(text)
  return (reading.kind === 'pri' ? reading.pri : DEFAULT_PRI) & 7
}

const LESS = 60
const GREATER = 62
const ZERO = 48
