import { formatAddress, parseAddress } from '../../wire/address.ts'

/** IPv6 addresses as numbers of 128 bits, which can be counted and are keys of maps. */

/** Reads the address from 16 octets, from `at` on. */
export function readAddress(bytes: Uint8Array, at = 0): bigint {
  let address = 0n
  for (let index = 0; index < 16; index++) address = (address << 8n) | BigInt(bytes[at + index] ?? 0)
  return address
}

/** The 16 octets of an address. */
export function addressBytes(address: bigint): Uint8Array {
  const bytes = new Uint8Array(16)
  for (let index = 15, rest = address; index >= 0; index--, rest >>= 8n) bytes[index] = Number(rest & 0xffn)
  return bytes
}

/** Reads an IPv6 address; null for any other text. @rfc 4291 section 2.2 */
export function parseIpv6(text: string): bigint | null {
  if (!text.includes(':')) return null
  const bytes = parseAddress(text)
  return bytes === null ? null : readAddress(bytes)
}

/** Writes an address. @rfc 5952 section 4 */
export function formatIpv6(address: bigint): string {
  return formatAddress(addressBytes(address), 16)
}
