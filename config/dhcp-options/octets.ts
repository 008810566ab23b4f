/** Octets of an address in network order. */
export function addressOctets(address: number): number[] {
  return [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255]
}

/** Octets of a whole number in network order; negative ones in two's complement. */
export function numberOctets(value: number, width: 1 | 2 | 4): number[] {
  return addressOctets(value >>> 0).slice(4 - width)
}

/** Octets of text in UTF-8. */
export function textOctets(text: string): number[] {
  return [...new TextEncoder().encode(text)]
}

/** Octets as lower-case hex. */
export function octetsHex(octets: Iterable<number>): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('')
}
