import { joinBytes, readUint16, uint16Bytes } from '../../wire/octets.ts'
import { formatHex } from '../message/hex.ts'

/** Octets of a DUID with its type. @rfc 8415 section 11.1: at most 128 behind the type; one is the least that tells anything */
const SHORTEST = 3
const LONGEST = 130

const TYPE_LLT = 1
const TYPE_LL = 3
const TYPE_UUID = 4
const ETHERNET = 1
const MAC_BYTES = 6

/** Whether the octets can be a DUID. */
export function isDuid(bytes: Uint8Array): boolean {
  return bytes.length >= SHORTEST && bytes.length <= LONGEST
}

/**
 * The hardware address that a DUID was made of.
 *
 * @rfc 8415 sections 11.2 and 11.4; a client that has several interfaces uses the DUID of one of them on all
 * @returns as aa:bb:…, or null when it was made of none, or of none of Ethernet
 */
export function macOfDuid(duid: Uint8Array): string | null {
  const type = readUint16(duid, 0)
  if (type !== TYPE_LLT && type !== TYPE_LL) return null
  const at = type === TYPE_LLT ? 8 : 4
  return readUint16(duid, 2) === ETHERNET && duid.length === at + MAC_BYTES ? formatHex(duid.subarray(at), ':') : null
}

/**
 * Makes the DUID of a server out of random octets.
 *
 * @rfc 8415 section 11.5; 9562 section 5.4 for the bits that are not random
 * @param random 16 octets; borrowed
 */
export function uuidDuid(random: Uint8Array): Uint8Array {
  const uuid = Uint8Array.from(random.subarray(0, 16))
  uuid[6] = ((uuid[6] ?? 0) & 0x0f) | 0x40
  uuid[8] = ((uuid[8] ?? 0) & 0x3f) | 0x80
  return uuidDuidOf(uuid)
}

/** The DUID that is made of a UUID. @param uuid 16 octets; borrowed */
export function uuidDuidOf(uuid: Uint8Array): Uint8Array {
  return joinBytes([uint16Bytes(TYPE_UUID), uuid])
}
