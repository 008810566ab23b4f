import { formatIpv4, parseIpv4 } from '../../daemons/wire/address.ts'
import { Complaint, written } from './piece.ts'

/** Inclusive, both ends as unsigned 32-bit numbers. */
export interface Ipv4Range {
  readonly first: number
  readonly last: number
}

/** An IPv4 subnet such as 192.168.50.0/24, read into its range; `bits` is the prefix length. */
export interface Ipv4Subnet extends Ipv4Range {
  readonly bits: number
}

/** Whether one range lies wholly in another. */
export function rangeContains(outer: Ipv4Range, inner: Ipv4Range): boolean {
  return inner.first >= outer.first && inner.last <= outer.last
}

/** Whether two ranges share an address. */
export function rangesOverlap(left: Ipv4Range, right: Ipv4Range): boolean {
  return left.first <= right.last && right.first <= left.last
}

/** The addresses of a subnet that a host can have: all but the first and last, except in /31 and /32 (RFC 3021). */
export function hostRange(subnet: Ipv4Subnet): Ipv4Range {
  return subnet.bits >= 31 ? subnet : { first: subnet.first + 1, last: subnet.last - 1 }
}

/** Writes a range as people write it. */
export function formatRange(range: Ipv4Range): string {
  return `${formatIpv4(range.first)}-${formatIpv4(range.last)}`
}

/** A pool: `first-last`, or one address. */
export function ipv4Range(about: string) {
  const what = 'a range such as "192.168.50.100-192.168.50.199"'
  return written(about, what, { pattern: '^[0-9.]+( ?- ?[0-9.]+)?$' }, (text): Ipv4Range | Complaint => {
    const [from = '', to = from, ...rest] = text.split('-').map((part) => part.trim())
    const first = parseIpv4(from)
    const last = parseIpv4(to)
    if (first === null || last === null || rest.length > 0)
      return new Complaint(`must be ${what}, not ${JSON.stringify(text.slice(0, 60))}`)
    return first <= last ? { first, last } : new Complaint(`must start with the lower address, not ${from}`)
  })
}

/** A subnet with its prefix length, from /8 to /32. */
export function ipv4Subnet(about: string) {
  const what = 'a subnet such as "192.168.50.0/24"'
  return written(about, what, { pattern: '^[0-9.]+/[0-9]{1,2}$' }, (text): Ipv4Subnet | Complaint => {
    const [address = '', length = '', ...rest] = text.split('/')
    const first = parseIpv4(address)
    const bits = /^[0-9]{1,2}$/.test(length) ? Number(length) : 99
    if (first === null || rest.length > 0 || bits > 32)
      return new Complaint(`must be ${what}, not ${JSON.stringify(text.slice(0, 60))}`)
    if (bits < 8) return new Complaint(`must have a prefix length from 8 to 32, not ${bits}`)
    const width = 2 ** (32 - bits)
    const network = first - (first % width)
    if (network !== first)
      return new Complaint(`must be the address of the network, ${formatIpv4(network)}/${bits}, not ${text}`)
    return { first, last: first + width - 1, bits }
  })
}
