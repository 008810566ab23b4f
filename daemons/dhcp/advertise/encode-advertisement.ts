import { encodeLabels } from '../message/domain-labels.ts'
import { PREF64_LENGTHS, PREFERENCE_BITS, ROUTER_ADVERTISEMENT } from './advertisement-codes.ts'
import { encodeNeighbourOption, NEIGHBOUR_OPTION } from './neighbour-options.ts'
import type { Pref64, PrefixInformation, RouterAdvertisement } from './router-advertisement.ts'

const HEADER_BYTES = 16
/** The least MTU of IPv6, less its header: fits on every link. */
const MOST_BYTES = 1240
/** In one option, so that options can be spread over several messages. */
const NAME_SERVERS_TOGETHER = 8
const DOMAIN_BYTES_TOGETHER = 512

/**
 * Encodes an advertisement into one message, or into several that say different things when it does not fit one: what a
 * host hears of one is not taken back by another.
 *
 * @rfc 4861 sections 4.2 and 6.2.3; never fragmented: 6980 section 5
 * @returns messages of at most 1240 octets, their checksums left to the kernel
 */
export function encodeAdvertisement(told: RouterAdvertisement): readonly Uint8Array[] {
  const messages: Uint8Array[][] = []
  let room = 0
  for (const option of encodeOptions(told)) {
    if (messages.length === 0 || option.length > room) {
      messages.push([encodeHeader(told)])
      room = MOST_BYTES - HEADER_BYTES
    }
    messages.at(-1)?.push(option)
    room -= option.length
  }
  return messages.length === 0 ? [encodeHeader(told)] : messages.map((parts) => Buffer.concat(parts))
}

function encodeHeader(told: RouterAdvertisement): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES)
  header[0] = ROUTER_ADVERTISEMENT
  header[4] = told.hopLimit
  header[5] = (told.managed ? 0x80 : 0) | (told.other ? 0x40 : 0) | (PREFERENCE_BITS[told.preference] << 3)
  header.writeUInt16BE(told.routerLifetimeSeconds, 6)
  header.writeUInt32BE(told.reachableMs, 8)
  header.writeUInt32BE(told.retransMs, 12)
  return header
}

function encodeOptions(told: RouterAdvertisement): readonly Uint8Array[] {
  const { linkAddress, mtu, captivePortal } = told
  return [
    ...(linkAddress === null ? [] : [encodeNeighbourOption(NEIGHBOUR_OPTION.sourceLinkLayerAddress, linkAddress)]),
    ...(mtu === null ? [] : [encodeNeighbourOption(NEIGHBOUR_OPTION.mtu, encodeMtu(mtu))]),
    ...told.prefixes.map(encodePrefix),
    ...inGroups(told.nameServers, NAME_SERVERS_TOGETHER).map((servers) =>
      encodeNeighbourOption(
        NEIGHBOUR_OPTION.recursiveDnsServer,
        Buffer.concat([lifetime(told.namesSeconds), ...servers]),
      ),
    ),
    ...groupDomains(told.searchDomains).map((domains) =>
      encodeNeighbourOption(NEIGHBOUR_OPTION.dnsSearchList, Buffer.concat([lifetime(told.namesSeconds), ...domains])),
    ),
    ...(captivePortal === null
      ? []
      : [encodeNeighbourOption(NEIGHBOUR_OPTION.captivePortal, Buffer.from(captivePortal, 'latin1'))]),
    ...told.nat64.map(encodePref64),
  ]
}

function encodeMtu(mtu: number): Uint8Array {
  const value = Buffer.alloc(6)
  value.writeUInt32BE(mtu, 2)
  return value
}

/** @rfc 4861 section 4.6.2 */
function encodePrefix(told: PrefixInformation): Uint8Array {
  const value = Buffer.alloc(30)
  value[0] = told.bits
  value[1] = (told.onLink ? 0x80 : 0) | (told.autonomous ? 0x40 : 0)
  value.writeUInt32BE(told.validSeconds, 2)
  value.writeUInt32BE(told.preferredSeconds, 6)
  value.set(told.prefix, 14)
  return encodeNeighbourOption(NEIGHBOUR_OPTION.prefixInformation, value)
}

/** Two octets that are not used, then the lifetime: how both options of RFC 8106 begin. */
function lifetime(seconds: number): Uint8Array {
  const head = Buffer.alloc(6)
  head.writeUInt32BE(seconds, 2)
  return head
}

/** @rfc 8781 section 4: the lifetime in units of eight seconds, the length as a code */
function encodePref64({ prefix, bits, lifetimeSeconds }: Pref64): Uint8Array {
  const value = Buffer.alloc(14)
  const scaled = Math.min(0x1fff, Math.ceil(lifetimeSeconds / 8))
  value.writeUInt16BE((scaled << 3) | PREF64_LENGTHS.indexOf(bits))
  value.set(prefix.subarray(0, 12), 2)
  return encodeNeighbourOption(NEIGHBOUR_OPTION.pref64, value)
}

function inGroups<Item>(items: readonly Item[], most: number): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / most)
  return Array.from({ length: count }, (_, at) => items.slice(at * most, (at + 1) * most))
}

/** Domains as labels with their lengths (RFC 1035 section 3.1), as many together as one option should have. */
function groupDomains(domains: readonly string[]): readonly (readonly Uint8Array[])[] {
  const groups: Uint8Array[][] = []
  let room = 0
  for (const domain of domains) {
    const name = encodeLabels(domain)
    if (groups.length === 0 || name.length > room) {
      groups.push([])
      room = DOMAIN_BYTES_TOGETHER
    }
    groups.at(-1)?.push(name)
    room -= name.length
  }
  return groups
}
