/**
 * What the first octets of a connection are.
 * - `more`: not decided yet; `full`: a request of HTTP/1.0 or later, for the real parser
 * - a simple request, with its target; `bad`: a line that is neither
 */
export type RequestLine = 'more' | 'full' | 'bad' | { readonly target: string }

/** A request line longer than this is refused. */
export const REQUEST_LINE_MAX = 8192

const NUL = 0
const LF = 10
const CR = 13
const SPACE = 32

/**
 * Tells the simple request (`GET /path` and a line end, no version) from all later forms without waiting for more
 * octets than that takes.
 *
 * @rfc 1945 section 4.1 (simple request), 854 (telnet: CR NUL), RFC 9112 section 2.2 (empty lines before are skipped)
 * @param bytes all that came so far
 */
export function readRequestLine(bytes: Uint8Array): RequestLine {
  let start = 0
  while (bytes[start] === CR || bytes[start] === LF) start += 1
  const first = bytes[start]
  if (first !== undefined && !isLetter(first)) return 'bad'
  let spaces = 0
  for (let at = start; at < bytes.length; at++) {
    const octet = bytes[at]
    // A telnet client sends the Enter key as CR NUL, and nothing behind it.
    const isEnd = octet === LF || (octet === NUL && at > start && bytes[at - 1] === CR)
    if (isEnd) return readSimple(bytes.subarray(start, at))
    if (spaces === 2 && octet !== CR && octet !== SPACE) return 'full'
    if (octet === SPACE) spaces += 1
    if (spaces > 2) return 'full'
  }
  return bytes.length > REQUEST_LINE_MAX ? 'bad' : 'more'
}

/** The line has at most two spaces, and nothing but an end of line after the second. */
function readSimple(line: Uint8Array): RequestLine {
  const match = /^GET (\/[^ \r]*|https?:\/\/[^ \r]*) ?\r?$/.exec(String.fromCharCode(...line))
  return match === null ? 'bad' : { target: match[1] ?? '/' }
}

function isLetter(octet: number): boolean {
  return (octet >= 65 && octet <= 90) || (octet >= 97 && octet <= 122)
}
