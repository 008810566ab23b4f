import { isDigit } from './iso-time.ts'

/** The TAG of RFC 3164: program and, in brackets, its process. */
export interface Tag {
  readonly name: string
  /** Where the name begins. */
  readonly start: number
  readonly procId: string | null
  /** It ended in a colon, as tags should. */
  readonly colon: boolean
  /** Offset behind that colon. */
  readonly colonEnd: number
  /** Offset of MSG. */
  readonly end: number
  /** One space or the end of the text follows, so that writing it again gives the same text. */
  readonly exact: boolean
}

/**
 * Reads `name[pid]:`, `name:`, `name[pid]` or `name` at `start`.
 *
 * @rfc 3164 section 4.1.3, 5.3; the limit of 32 letters is not kept by anyone
 * @returns null when the word there does not look like a tag
 */
export function readTag(text: string, start: number): Tag | null {
  const first = text.charCodeAt(start)
  if (first === DASH && isBlank(text.charCodeAt(start + 1))) {
    const end = Math.min(start + 2, text.length)
    return { name: '-', start, procId: null, colon: false, colonEnd: end, end, exact: false }
  }
  if (!startsTag(first)) return null
  let at = start + 1
  while (at < start + MAX_TAG && isTagLetter(text.charCodeAt(at))) at++
  let procId: string | null = null
  if (!isTagEnd(text.charCodeAt(at))) {
    at = endOfLooseName(text, at)
    if (at < 0) return null
  }
  const nameEnd = at
  if (text.charCodeAt(at) === OPEN) {
    const close = endOfProcId(text, at + 1)
    if (close < 0) return null
    procId = text.slice(at + 1, close)
    at = close + 1
  }
  const next = text.charCodeAt(at)
  const colon = next === COLON
  if (!colon && !isBlank(next)) return null
  // `http://…`
  if (colon && text.charCodeAt(at + 1) === SLASH && text.charCodeAt(at + 2) === SLASH) return null
  if (!colon && procId === null && isEmbeddedHeader(text, start, nameEnd)) return null
  const colonEnd = colon ? at + 1 : at
  const spaced = text.charCodeAt(colonEnd) === SPACE
  const end = isBlank(text.charCodeAt(colonEnd)) ? Math.min(colonEnd + 1, text.length) : colonEnd
  const exact = (spaced ? end < text.length : colonEnd === text.length) && procId !== ''
  return { name: text.slice(start, nameEnd), start, procId: procId === '' ? null : procId, colon, colonEnd, end, exact }
}

/** A host where the time ended; `name` null = NILVALUE. */
export interface Host {
  readonly name: string | null
  /** Offset behind it: a space or the end. */
  readonly end: number
}

/**
 * Reads the HOSTNAME at `start`: a name, an IPv4 or IPv6 address. A word with a colon or bracket is a tag, and so is a
 * lone word of a local sender, who names no host.
 *
 * @rfc 3164 section 4.1.2
 */
export function readHost(text: string, start: number, local: boolean): Host | null {
  let at = start
  let colons = 0
  for (; at < start + 255; at++) {
    const code = text.charCodeAt(at)
    if (code === COLON) colons++
    else if (!isHostLetter(code)) break
  }
  if (at === start || !isBlank(text.charCodeAt(at))) return null
  const first = text.charCodeAt(start)
  if (at === start + 1 && first === DASH) return { name: null, end: at }
  if (first === DASH || first === SLASH) return null
  if (colons > 0 && !isIpv6Shaped(text, start, at, colons)) return null
  if (local && colons === 0) return null
  return { name: text.slice(start, at), end: at }
}

/** Behind the letters that a host name may have, colons apart; at most 255. */
export function endOfHostWord(text: string, start: number): number {
  let at = start
  while (at < start + 255 && isHostLetter(text.charCodeAt(at))) at++
  return at
}

function isIpv6Shaped(text: string, start: number, end: number, colons: number): boolean {
  if (colons < 2) return false
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    const lower = code | 32
    if (!(isDigit(code) || code === COLON || code === DOT || (lower >= 97 && lower <= 102))) return false
  }
  return true
}

/** `1990 Oct …`, `1 1970-01-01T…` and `1 1386337316.2 …`: a second header behind the first is content, its number no tag. */
function isEmbeddedHeader(text: string, start: number, end: number): boolean {
  if (end - start > 4) return false
  for (let at = start; at < end; at++) if (!isDigit(text.charCodeAt(at))) return false
  return end - start === 4 || /^(?:\d{4}-\d\d-\d\d|\d{10}\.\d)/.test(text.slice(end + 1, end + 13))
}

/**
 * Where a name with other marks in it ends, `788a20aabbcc,UAP-6.5:`, `ansible-<stdin>:` and `a!b[1]:`; it must end in a
 * process or a colon and a space, and a colon alone does not make names of quotes, braces and `=`. -1 = it is none.
 */
function endOfLooseName(text: string, start: number): number {
  let plain = true
  for (let at = start; at < start + MAX_TAG; at++) {
    const code = text.charCodeAt(at)
    if (code === OPEN) {
      const close = endOfProcId(text, at + 1)
      return close > 0 && text.charCodeAt(close + 1) === COLON ? at : -1
    }
    if (code === COLON && isBlank(text.charCodeAt(at + 1))) return plain ? at : -1
    if (!(code > 32)) return -1
    if (!isTagLetter(code) && !LOOSE_MARKS.has(code)) plain = false
  }
  return -1
}

function endOfProcId(text: string, start: number): number {
  for (let at = start; at <= start + 128; at++) {
    const code = text.charCodeAt(at)
    if (code === CLOSE) return at
    if (!(code > 32) || code === OPEN) return -1
  }
  return -1
}

/** A bracket, a colon, a space, a tab or the end. */
function isTagEnd(code: number): boolean {
  return code === OPEN || code === COLON || isBlank(code)
}

function startsTag(code: number): boolean {
  return (
    isAlphanumeric(code) || code > 160 || code === 37 || code === 35 || code === 95 || code === SLASH || code === 126
  )
}

/** Letters, digits, and `%#_./()-+@~$*&`. */
function isTagLetter(code: number): boolean {
  return code < 128 ? ((LETTERS[code] ?? 0) & IN_TAG) !== 0 : code > 160
}

/** Letters, digits, and `-._/@`. */
function isHostLetter(code: number): boolean {
  return code < 128 ? ((LETTERS[code] ?? 0) & IN_HOST) !== 0 : code > 160
}

function isAlphanumeric(code: number): boolean {
  const lower = code | 32
  return (lower >= 97 && lower <= 122) || (code >= 48 && code <= 57)
}

/** A space, a tab or the end. */
function isBlank(code: number): boolean {
  return code === SPACE || code === TAB || Number.isNaN(code)
}

const MAX_TAG = 128
const TAB = 9
const SPACE = 32
const DASH = 45
const DOT = 46
const SLASH = 47
const COLON = 58
const OPEN = 91
const CLOSE = 93
/** `!,<>` */
const LOOSE_MARKS: ReadonlySet<number> = new Set([33, 44, 60, 62])
const IN_TAG = 1
const IN_HOST = 2
/** Of each ASCII letter, whether it stands in tags and in hosts. */
const LETTERS = Uint8Array.from({ length: 128 }, (_, code) => {
  const isWord = isAlphanumeric(code)
  const letter = String.fromCharCode(code)
  return (isWord || '%#_./()-+@~$*&'.includes(letter) ? IN_TAG : 0) | (isWord || '-._/@'.includes(letter) ? IN_HOST : 0)
})
