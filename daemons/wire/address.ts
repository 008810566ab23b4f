/** Internet addresses as text and as bytes in network order: 4 octets for IPv4, 16 for IPv6. */

/** A prefix such as 10.0.0.0/8; `bytes` is the network with all host bits zero. */
export interface Prefix {
  readonly bytes: Uint8Array
  readonly bits: number
}

/**
 * Reads an IPv4 address in dotted-quad form.
 *
 * @returns the address as an unsigned 32-bit number, or null; leading zeros are refused (they are octal elsewhere)
 */
export function parseIpv4(text: string): number | null {
  let address = 0
  let octet = 0
  let digits = 0
  let dots = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === DOT) {
      if (digits === 0 || ++dots > 3) return null
      address = address * 256 + octet
      octet = 0
      digits = 0
    } else {
      const isLeadingZero = digits === 1 && octet === 0
      if (code < ZERO || code > NINE || isLeadingZero) return null
      octet = octet * 10 + code - ZERO
      if (octet > 255) return null
      digits++
    }
  }
  return dots === 3 && digits > 0 ? address * 256 + octet : null
}

const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39

/** Writes an unsigned 32-bit number as a dotted quad. */
export function formatIpv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`
}

/**
 * Reads an IPv4 or IPv6 address; a zone (`%eth0`) is not part of it.
 *
 * @rfc 4291 section 2.2 for the text forms of IPv6
 * @returns 4 or 16 bytes in network order, or null
 */
export function parseAddress(text: string): Uint8Array | null {
  if (!text.includes(':')) {
    const address = parseIpv4(text)
    return address === null ? null : Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address)
  }
  const halves = text.split('::')
  if (halves.length > 2) return null
  const head = parseGroups(halves[0] ?? '', halves.length === 1)
  const tail = parseGroups(halves[1] ?? '', true)
  if (head === null || tail === null) return null
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail]
  return Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 255]))
}

/** The 16-bit groups of one side of an IPv6 address; at the very end a dotted quad may stand for two. */
function parseGroups(text: string, atEnd: boolean): number[] | null {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    if (atEnd && index === parts.length - 1 && part.includes('.')) {
      const quad = parseIpv4(part)
      if (quad === null) return null
      groups.push(quad >>> 16, quad & 0xffff)
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return null
      groups.push(Number.parseInt(part, 16))
    }
  }
  return groups
}

/**
 * Writes an address in its canonical form; an IPv4 address mapped into IPv6 comes out as IPv4.
 *
 * @rfc 5952 section 4
 * @param bytes 4 or 16 bytes in network order, from `offset`
 */
export function formatAddress(bytes: Uint8Array, length: 4 | 16 = bytes.length === 4 ? 4 : 16, offset = 0): string {
  const at = (index: number): number => bytes[offset + index] ?? 0
  if (length === 4) return `${at(0)}.${at(1)}.${at(2)}.${at(3)}`
  const groups = Array.from({ length: 8 }, (_, index) => (at(2 * index) << 8) | at(2 * index + 1))
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff)
    return formatAddress(bytes, 4, offset + 12)
  const zeros = longestZeroRun(groups)
  const hex = groups.map((group) => group.toString(16))
  if (zeros.length < 2) return hex.join(':')
  return `${hex.slice(0, zeros.start).join(':')}::${hex.slice(zeros.start + zeros.length).join(':')}`
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let run = { start: 0, length: 0 }
  for (const [index, group] of groups.entries()) {
    run =
      group === 0 ? { start: run.length === 0 ? index : run.start, length: run.length + 1 } : { start: 0, length: 0 }
    if (run.length > best.length) best = run
  }
  return best
}

/**
 * Reads a prefix; an address alone is the prefix of that one address. Host bits must be zero.
 *
 * @returns the prefix, or null
 */
export function parsePrefix(text: string): Prefix | null {
  const [address = '', length, ...rest] = text.split('/')
  const bytes = parseAddress(address)
  if (bytes === null || rest.length > 0) return null
  const width = bytes.length * 8
  if (length !== undefined && !/^(0|[1-9][0-9]{0,2})$/.test(length)) return null
  const bits = length === undefined ? width : Number(length)
  if (bits > width) return null
  const prefix = { bytes, bits }
  for (let bit = bits; bit < width; bit++) if ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) return null
  return prefix
}

/**
 * Says whether an address lies in a prefix; an IPv4 address mapped into IPv6 is matched as IPv4.
 *
 * @param bytes holds the address from `offset`: 4 or 16 bytes as `length` says
 */
export function prefixContains(prefix: Prefix, bytes: Uint8Array, length: 4 | 16, offset = 0): boolean {
  let at = offset
  if (length === 16 && prefix.bytes.length === 4) {
    if (!isMappedIpv4(bytes, offset)) return false
    at = offset + 12
  } else if (length !== prefix.bytes.length) return false
  const whole = prefix.bits >> 3
  for (let index = 0; index < whole; index++) if (bytes[at + index] !== prefix.bytes[index]) return false
  const rest = prefix.bits & 7
  if (rest === 0) return true
  return (((bytes[at + whole] ?? 0) ^ (prefix.bytes[whole] ?? 0)) & (0xff00 >> rest) & 0xff) === 0
}

/** Whether 16 bytes hold an IPv4 address mapped into IPv6 (::ffff:a.b.c.d). */
export function isMappedIpv4(bytes: Uint8Array, offset = 0): boolean {
  for (let index = 0; index < 10; index++) if (bytes[offset + index] !== 0) return false
  return bytes[offset + 10] === 0xff && bytes[offset + 11] === 0xff
}
