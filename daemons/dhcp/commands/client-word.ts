import { parseIpv4 } from '../../wire/address.ts'
import type { Lease } from '../leases/lease.ts'
import type { LeaseBook } from '../leases/lease-book.ts'

/** What a person calls a client by. */
export type ClientWord =
  | { readonly kind: 'address'; readonly address: number }
  /** As aa:bb:cc:dd:ee:ff. */
  | { readonly kind: 'mac'; readonly mac: string }
  /** Lower-case hex of option 61. */
  | { readonly kind: 'client id'; readonly clientId: string }

/**
 * Reads an IPv4 address, a hardware address of six octets, or a client identifier in hex, with or without colons or
 * hyphens.
 *
 * @returns null when it is none of them
 */
export function readClientWord(text: string): ClientWord | null {
  const address = parseIpv4(text)
  if (address !== null) return { kind: 'address', address }
  const digits = text.toLowerCase().replaceAll(/[:-]/g, '')
  if (!/^([0-9a-f]{2}){1,255}$/.test(digits)) return null
  if (digits.length === 12) return { kind: 'mac', mac: (digits.match(/../g) ?? []).join(':') }
  return { kind: 'client id', clientId: digits }
}

/** Whether a lease is of that client or address. */
export function isMeant(word: ClientWord, lease: Pick<Lease, 'address' | 'mac' | 'clientId'>): boolean {
  switch (word.kind) {
    case 'address':
      return lease.address === word.address
    case 'mac':
      return lease.mac === word.mac
    case 'client id':
      return lease.clientId === word.clientId
  }
}

/** Every lease that is meant, over or not. */
export function findMeant(book: LeaseBook, word: ClientWord): readonly Lease[] {
  const meant: Lease[] = []
  for (const lease of book.leases()) if (isMeant(word, lease)) meant.push(lease)
  return meant
}
