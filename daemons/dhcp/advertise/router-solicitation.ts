import { NEIGHBOUR_OPTION, readNeighbourOptions } from './neighbour-options.ts'

/** With what a message of Neighbour Discovery came. */
export interface NeighbourArrival {
  /** 16 octets. */
  readonly source: Uint8Array
  readonly hopLimit: number
}

/** Why a message is ignored; each is a counter of its own. */
export type NeighbourFault = 'hop_limit' | 'code' | 'short' | 'option' | 'source'

export const ROUTER_SOLICITATION = 133
const HEADER_BYTES = 8
/** Of what does not leave the link. */
export const NEIGHBOUR_HOP_LIMIT = 255

/**
 * Judges a router solicitation; nothing else in it matters to us.
 *
 * @rfc 4861 section 6.1.1; the kernel has checked the checksum
 * @param bytes one whole ICMPv6 message; borrowed
 * @returns what is wrong with it, or null; never throws
 * @attack a hop limit of 255 proves that it comes from the link: a router would have lowered it
 */
export function solicitationFault(bytes: Uint8Array, { source, hopLimit }: NeighbourArrival): NeighbourFault | null {
  if (hopLimit !== NEIGHBOUR_HOP_LIMIT) return 'hop_limit'
  if (bytes.length < HEADER_BYTES) return 'short'
  if (bytes[1] !== 0) return 'code'
  const options = readNeighbourOptions(bytes, HEADER_BYTES)
  if (options === null) return 'option'
  const namesItself = options.some(({ type }) => type === NEIGHBOUR_OPTION.sourceLinkLayerAddress)
  return namesItself && isUnspecified(source) ? 'source' : null
}

/** Whether it is `::`, the source of who has no address yet. */
export function isUnspecified(address: Uint8Array): boolean {
  return address.every((octet) => octet === 0)
}

/** Whether it is one of `fe80::/10`. */
export function isLinkLocal(address: Uint8Array): boolean {
  return address[0] === 0xfe && ((address[1] ?? 0) & 0xc0) === 0x80
}
