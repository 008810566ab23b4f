import type { LeaseBook } from '../leases/lease-book.ts'
import type { Binding } from './binding.ts'

/** Octets of a client identifier before the DUID in it: its type and the IAID, in hex digits. */
const BEFORE_DUID = 10

/**
 * Whether a name is another device's in IPv4. It is the same device when the hardware address is, or when its client
 * identifier is made of its DUID.
 *
 * @rfc 4361 section 6.1
 */
export function isNamedOtherwise(book: LeaseBook, name: string, { duid, mac }: Pick<Binding, 'duid' | 'mac'>): boolean {
  const address = book.names.addressOf(name)
  if (address === null) return false
  const subnet = book.subnetOf(address)
  const lease = subnet?.leaseAt(address)
  const macs = [lease?.mac ?? '', ...(subnet?.plan.reservations.byAddress.get(address)?.macs ?? [])]
  const hasItsDuid = lease?.clientId?.startsWith('ff') === true && lease.clientId.slice(BEFORE_DUID) === duid
  return !hasItsDuid && (mac === '' || !macs.includes(mac))
}
