import { joinBytes, uint16Bytes, writeUint16 } from '../../wire/octets.ts'
import { encodeNeighbourOption, NEIGHBOUR_OPTION, readNeighbourOptions } from '../advertise/neighbour-options.ts'
import { NEIGHBOUR_HOP_LIMIT, type NeighbourFault } from '../advertise/router-solicitation.ts'
import { internetChecksum } from '../message/frame.ts'
import { formatHex } from '../message/hex.ts'
import { addressBytes, readAddress } from '../v6/address.ts'

const NEIGHBOUR_SOLICITATION = 135
export const NEIGHBOUR_ADVERTISEMENT = 136
/** Type, code, checksum, and a word of flags; the target follows. */
const TARGET_AT = 8
const LEAST_BYTES = 24
/** Version 6, in the upper half of the first octet. */
const IPV6 = 0x60
const ICMPV6 = 58
const ETHERTYPE_IPV6 = 0x86dd
const IPV6_BYTES = 40
/** In the header of IPv6, and in a message. */
const ADDRESSES_AT = 8
const CHECKSUM_AT = 2
/** The group that hears questions about an address: ff02::1:ff00:0/104 and its end (RFC 4291 section 2.7.1). */
const SOLICITED_NODE = 0xff0200000000000000000001ff000000n

/** Who has an address. */
export interface Neighbour {
  readonly address: bigint
  /** As aa:bb:…, empty when it does not tell. */
  readonly mac: string
}

/** Who asks, 6 and 16 octets; the link-local address. */
export interface NeighbourSource {
  readonly hardware: Uint8Array
  readonly linkLocal: Uint8Array
}

/**
 * Asks those of the link who has an address, as a whole Ethernet frame.
 *
 * @rfc 4861 section 4.3; 8200 sections 3 and 8.1 for the header and the checksum; 2464 section 7 for the group
 * @attack a frame takes no place in the kernel's table of neighbours: of its 1,024 each question sent by IPv6 takes one, and a
 *   flood of made-up clients would leave none for real ones
 */
export function encodeNeighbourSolicitation(target: bigint, { hardware, linkLocal }: NeighbourSource): Uint8Array {
  const group = addressBytes(SOLICITED_NODE | (target & 0xffffffn))
  const message = joinBytes([
    Uint8Array.of(NEIGHBOUR_SOLICITATION, 0, 0, 0, 0, 0, 0, 0),
    addressBytes(target),
    encodeNeighbourOption(NEIGHBOUR_OPTION.sourceLinkLayerAddress, hardware),
  ])
  const packet = joinBytes([
    Uint8Array.of(IPV6, 0, 0, 0, 0, message.length, ICMPV6, NEIGHBOUR_HOP_LIMIT),
    ...[linkLocal, group, message],
  ])
  // The pseudo header is the two addresses, already in place, the length and the protocol.
  const checksum = internetChecksum(packet.subarray(ADDRESSES_AT), message.length + ICMPV6)
  writeUint16(packet, IPV6_BYTES + CHECKSUM_AT, checksum)
  return joinBytes([...[Uint8Array.of(0x33, 0x33), group.subarray(12), hardware, uint16Bytes(ETHERTYPE_IPV6)], packet])
}

/**
 * Reads who says that it has an address, whether it was asked or not.
 *
 * @rfc 4861 sections 4.4 and 7.1.2; the kernel has checked the checksum
 * @param bytes one whole ICMPv6 message; borrowed
 * @returns what is wrong with it when it is ignored; never throws
 */
export function decodeNeighbourAdvertisement(bytes: Uint8Array, hopLimit: number): Neighbour | NeighbourFault {
  if (hopLimit !== NEIGHBOUR_HOP_LIMIT) return 'hop_limit'
  if (bytes.length < LEAST_BYTES) return 'short'
  if (bytes[1] !== 0) return 'code'
  const options = readNeighbourOptions(bytes, LEAST_BYTES)
  if (options === null) return 'option'
  const address = readAddress(bytes, TARGET_AT)
  if (address >> 120n === 0xffn) return 'source'
  const hardware = options.find(({ type }) => type === NEIGHBOUR_OPTION.targetLinkLayerAddress)?.value
  return { address, mac: hardware?.length === 6 ? formatHex(hardware, ':') : '' }
}
