import { formatAddress, parseAddress, parsePrefix } from '../../daemons/wire/address.ts'
import { Complaint, type JsonForm, written } from './piece.ts'

/** Inclusive, both ends as unsigned 128-bit numbers. */
export interface Ipv6Range {
  readonly first: bigint
  readonly last: bigint
}

/** An IPv6 prefix, read into its range; `bits` is its length. */
export interface Ipv6Subnet extends Ipv6Range {
  readonly bits: number
}

/** Whether one range lies wholly in another. */
export function rangeContains6(outer: Ipv6Range, inner: Ipv6Range): boolean {
  return inner.first >= outer.first && inner.last <= outer.last
}

/** Whether two ranges share an address. */
export function rangesOverlap6(left: Ipv6Range, right: Ipv6Range): boolean {
  return left.first <= right.last && right.first <= left.last
}

/** Writes a 128-bit number as an address. */
export function formatIpv6(address: bigint): string {
  return formatAddress(Buffer.from(address.toString(16).padStart(32, '0'), 'hex'))
}

/** Writes a range as people write it. */
export function formatRange6({ first, last }: Ipv6Range): string {
  return `${formatIpv6(first)}-${formatIpv6(last)}`
}

/** The IPv6 address of one host, as a number. */
export function ipv6(about: string) {
  const what = 'an IPv6 address such as "fd00:50::1"'
  return written(about, what, { pattern: '^[0-9a-fA-F:.]+$' }, (text): bigint | Complaint => {
    const address = parseIpv6(text)
    if (address === null) return new Complaint(`must be ${what}, not ${JSON.stringify(text.slice(0, 60))}`)
    return isReserved({ first: address, last: address })
      ? new Complaint(`must be the address of one host that others can reach; ${text} is reserved`)
      : address
  })
}

/** A pool: `first-last`, or one address. */
export function ipv6Range(about: string) {
  const what = 'a range such as "fd00:50::1000-fd00:50::1fff"'
  return written(about, what, { pattern: '^[0-9a-fA-F:.]+( ?- ?[0-9a-fA-F:.]+)?$' }, (text): Ipv6Range | Complaint => {
    const [from = '', to = from, ...rest] = text.split('-').map((part) => part.trim())
    const first = parseIpv6(from)
    const last = parseIpv6(to)
    if (first === null || last === null || rest.length > 0)
      return new Complaint(`must be ${what}, not ${JSON.stringify(text.slice(0, 100))}`)
    return first <= last ? { first, last } : new Complaint(`must start with the lower address, not ${from}`)
  })
}

/** A prefix whose length is one of some, with all bits behind it zero. @param lengths in words for people */
export function ipv6Subnet(
  about: string,
  { example, isLength, lengths }: { example: string; isLength: (bits: number) => boolean; lengths: string },
) {
  const what = `a prefix such as "${example}"`
  const form: JsonForm = { pattern: '^[0-9a-fA-F:.]+/[0-9]{1,3}$', examples: [example] }
  return written(about, what, form, (text): Ipv6Subnet | Complaint => {
    const prefix = text.includes('/') ? parsePrefix(text) : null
    if (prefix?.bytes.length !== 16)
      return new Complaint(`must be ${what}, with all bits behind it zero, not ${JSON.stringify(text.slice(0, 60))}`)
    const { bits } = prefix
    if (!isLength(bits)) return new Complaint(`must have a prefix length ${lengths}, not ${bits}`)
    const first = numberOf(prefix.bytes)
    const subnet = { first, last: first + (1n << BigInt(128 - bits)) - 1n, bits }
    return isReserved(subnet)
      ? new Complaint(`must be a network of hosts that others can reach; ${text} is reserved`)
      : subnet
  })
}

/** Unspecified, loopback and mapped IPv4 addresses; link-local ones, which say nothing without their link; groups. */
const RESERVED: readonly Ipv6Range[] = [
  { first: 0n, last: (1n << 48n) - 1n },
  { first: 0xfe80n << 112n, last: (0xfec0n << 112n) - 1n },
  { first: 0xffn << 120n, last: (1n << 128n) - 1n },
]

function isReserved(range: Ipv6Range): boolean {
  return RESERVED.some((one) => rangesOverlap6(one, range))
}

function parseIpv6(text: string): bigint | null {
  const bytes = parseAddress(text)
  return bytes?.length === 16 ? numberOf(bytes) : null
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}
