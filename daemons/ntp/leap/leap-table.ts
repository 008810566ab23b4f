import { createHash } from 'node:crypto'

/** A leap second: at this moment POSIX time moves by so much. */
export interface LeapSecond {
  /** The first second after it, a midnight UTC. @unit seconds since 1970 */
  readonly atUnix: number
  /** -1 = a second was inserted, so that POSIX time falls back; 1 = one was left out. */
  readonly by: -1 | 1
}

/** What a file of leap seconds says. */
export interface LeapTable {
  /** Nothing is known of what comes after this. @unit seconds since 1970 */
  readonly expiresUnix: number
  /** In order of time. */
  readonly leaps: readonly LeapSecond[]
}

/** From 1900, whose seconds the file counts, to 1970. */
const UNIX_EPOCH = 2_208_988_800
const DAY = 86_400

/**
 * Reads a file of leap seconds in the format of NIST and the IETF (`leap-seconds.list`): lines of NTP seconds and TAI - UTC,
 * `#@` and the moment of expiry, `#$` and that of the last change, `#h` and a SHA-1 over all these digits.
 *
 * @returns what is wrong with it, in words, when it is no such file or damaged; never throws
 */
export function readLeapTable(text: string): LeapTable | string {
  const rows: { at: number; offset: number }[] = []
  const digits = { changed: '', expires: '', rows: '' }
  let hash: string | null = null
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/)
    const [first = '', second = ''] = words
    if (first === '#$') digits.changed = second
    else if (first === '#@') digits.expires = second
    else if (first === '#h') hash = words.slice(1).join(' ')
    else if (first !== '' && !first.startsWith('#')) {
      if (!/^\d{1,12}$/.test(first) || !/^-?\d{1,4}$/.test(second))
        return `it has a line that is no leap second: "${line}"`
      rows.push({ at: Number(first), offset: Number(second) })
      digits.rows += first + second
    }
  }
  if (!/^\d+$/.test(digits.expires)) return 'it does not say until when it holds (#@)'
  if (rows.length === 0) return 'it has no leap seconds'
  if (hash !== null && !sameHash(hash, digits.changed + digits.expires + digits.rows))
    return 'its hash (#h) is not that of its lines'
  const leaps: LeapSecond[] = []
  for (const [index, { at, offset }] of rows.entries()) {
    const before = rows[index - 1]
    if (before === undefined) continue
    const by = before.offset - offset
    if (at <= before.at || (by !== 1 && by !== -1)) return 'its leap seconds do not follow each other'
    if (at % DAY !== 0) return 'it has a leap second that is not at the end of a day'
    leaps.push({ atUnix: at - UNIX_EPOCH, by })
  }
  return { expiresUnix: Number(digits.expires) - UNIX_EPOCH, leaps }
}

/** Five words of hexadecimal digits; some files leave the leading zeros of a word out. */
function sameHash(words: string, digits: string): boolean {
  const wanted = createHash('sha1').update(digits).digest('hex')
  return (
    wanted ===
    words
      .split(' ')
      .map((word) => word.padStart(8, '0'))
      .join('')
      .toLowerCase()
  )
}
