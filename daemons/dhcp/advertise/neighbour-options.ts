/** One option of Neighbour Discovery; `value` follows type and length. */
export interface NeighbourOption {
  readonly type: number
  readonly value: Uint8Array
}

/** Types of options (RFC 4861 section 4.6, 4191, 8106, 8910, 8781). */
export const NEIGHBOUR_OPTION = {
  sourceLinkLayerAddress: 1,
  targetLinkLayerAddress: 2,
  prefixInformation: 3,
  mtu: 5,
  recursiveDnsServer: 25,
  dnsSearchList: 31,
  captivePortal: 37,
  pref64: 38,
} as const

const UNIT = 8
const HEADER_BYTES = 2

/**
 * Reads the options at the end of a message; those of types that are not known are among them.
 *
 * @rfc 4861 section 4.6
 * @param bytes one whole ICMPv6 message; borrowed, the options point into it
 * @returns null when one has no length or ends past the message; never throws
 */
export function readNeighbourOptions(bytes: Uint8Array, from: number): readonly NeighbourOption[] | null {
  const options: NeighbourOption[] = []
  for (let at = from; at < bytes.length; ) {
    const length = UNIT * (bytes[at + 1] ?? 0)
    if (length === 0 || at + length > bytes.length) return null
    options.push({ type: bytes[at] ?? 0, value: bytes.subarray(at + HEADER_BYTES, at + length) })
    at += length
  }
  return options
}

/** Encodes one option, filled with zeros to whole units. @param value at most 2038 octets */
export function encodeNeighbourOption(type: number, value: Uint8Array): Uint8Array {
  const units = Math.ceil((HEADER_BYTES + value.length) / UNIT)
  if (units > 255) throw new RangeError(`an option of ${value.length} octets does not fit`)
  const option = new Uint8Array(units * UNIT)
  option[0] = type
  option[1] = units
  option.set(value, HEADER_BYTES)
  return option
}
