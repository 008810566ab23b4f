import { PREF64_LENGTHS, PREFERENCE_BITS } from './advertisement-codes.ts'
import { NEIGHBOUR_OPTION, type NeighbourOption, readNeighbourOptions } from './neighbour-options.ts'
import type { Pref64, PrefixInformation, RouterAdvertisement } from './router-advertisement.ts'
import { isLinkLocal, NEIGHBOUR_HOP_LIMIT, type NeighbourArrival, type NeighbourFault } from './router-solicitation.ts'

const HEADER_BYTES = 16
const PREFIX_VALUE_BYTES = 30

/** What came from a router. */
export type DecodedAdvertisement =
  | { readonly kind: 'advertisement'; readonly told: RouterAdvertisement }
  | { readonly kind: 'malformed'; readonly reason: NeighbourFault }

/**
 * Decodes a router advertisement; options that are not known, or too short for what they are to say, are left out.
 *
 * @rfc 4861 sections 4.2 and 6.1.2; the kernel has checked the checksum
 * @param bytes one whole ICMPv6 message; borrowed, the advertisement points into it
 * @returns the advertisement, or why it is ignored; never throws
 */
export function decodeAdvertisement(bytes: Uint8Array, { source, hopLimit }: NeighbourArrival): DecodedAdvertisement {
  if (!isLinkLocal(source)) return { kind: 'malformed', reason: 'source' }
  if (hopLimit !== NEIGHBOUR_HOP_LIMIT) return { kind: 'malformed', reason: 'hop_limit' }
  if (bytes.length < HEADER_BYTES) return { kind: 'malformed', reason: 'short' }
  if (bytes[1] !== 0) return { kind: 'malformed', reason: 'code' }
  const options = readNeighbourOptions(bytes, HEADER_BYTES)
  if (options === null) return { kind: 'malformed', reason: 'option' }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const flags = bytes[5] ?? 0
  const names = [...valuesOf(options, 'recursiveDnsServer', 6), ...valuesOf(options, 'dnsSearchList', 6)]
  return {
    kind: 'advertisement',
    told: {
      hopLimit: bytes[4] ?? 0,
      managed: (flags & 0x80) !== 0,
      other: (flags & 0x40) !== 0,
      preference: preferenceOf((flags >> 3) & 3),
      routerLifetimeSeconds: view.getUint16(6),
      reachableMs: view.getUint32(8),
      retransMs: view.getUint32(12),
      linkAddress: valuesOf(options, 'sourceLinkLayerAddress', 6)[0]?.subarray(0, 6) ?? null,
      mtu: readMtu(valuesOf(options, 'mtu', 6)[0]),
      prefixes: valuesOf(options, 'prefixInformation', PREFIX_VALUE_BYTES).flatMap(readPrefix),
      nameServers: valuesOf(options, 'recursiveDnsServer', 6).flatMap(readNameServers),
      searchDomains: valuesOf(options, 'dnsSearchList', 6).flatMap(readDomains),
      namesSeconds: names[0] === undefined ? 0 : viewOf(names[0]).getUint32(2),
      captivePortal: readText(valuesOf(options, 'captivePortal', 1)[0]),
      nat64: valuesOf(options, 'pref64', 14).flatMap(readPref64),
    },
  }
}

function valuesOf(
  options: readonly NeighbourOption[],
  name: keyof typeof NEIGHBOUR_OPTION,
  least: number,
): readonly Uint8Array[] {
  return options.flatMap(({ type, value }) => (type === NEIGHBOUR_OPTION[name] && value.length >= least ? [value] : []))
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

function preferenceOf(bits: number): RouterAdvertisement['preference'] {
  return bits === PREFERENCE_BITS.high ? 'high' : bits === PREFERENCE_BITS.low ? 'low' : 'medium'
}

function readMtu(value: Uint8Array | undefined): number | null {
  return value === undefined ? null : viewOf(value).getUint32(2)
}

function readPrefix(value: Uint8Array): PrefixInformation[] {
  const bits = value[0] ?? 0
  const flags = value[1] ?? 0
  if (bits > 128) return []
  return [
    {
      prefix: value.subarray(14, PREFIX_VALUE_BYTES),
      bits,
      onLink: (flags & 0x80) !== 0,
      autonomous: (flags & 0x40) !== 0,
      validSeconds: viewOf(value).getUint32(2),
      preferredSeconds: viewOf(value).getUint32(6),
    },
  ]
}

function readNameServers(value: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.floor((value.length - 6) / 16) }, (_, at) =>
    value.subarray(6 + 16 * at, 22 + 16 * at),
  )
}

/** What can be printed, and is no dot. */
const LABEL = /^[!--/-~]*$/

/** Names until the zeros that fill the option; nothing after one that is malformed. */
function readDomains(value: Uint8Array): string[] {
  const domains: string[] = []
  let labels: string[] = []
  for (let at = 6; at < value.length; ) {
    const length = value[at] ?? 0
    const label = Buffer.from(value.subarray(at + 1, at + 1 + length)).toString('latin1')
    if (length > 63 || label.length < length || !LABEL.test(label)) break
    if (length > 0) labels.push(label)
    else if (labels.length === 0) break
    else {
      domains.push(labels.join('.'))
      labels = []
    }
    at += 1 + length
  }
  return domains
}

/** @rfc 8910 section 2.3: filled with zeros, which are not part of it */
function readText(value: Uint8Array | undefined): string | null {
  if (value === undefined) return null
  const text = Buffer.from(value).toString('latin1')
  return text.replace(/\0+$/, '') || null
}

function readPref64(value: Uint8Array): Pref64[] {
  const head = viewOf(value).getUint16(0)
  const bits = PREF64_LENGTHS[head & 7]
  if (bits === undefined) return []
  const prefix = new Uint8Array(16)
  prefix.set(value.subarray(2, 14))
  return [{ prefix, bits, lifetimeSeconds: 8 * (head >> 3) }]
}
