import { createHash } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import { parseAddress } from '../wire/address.ts'
import { readUint32 } from '../wire/octets.ts'

/** @rfc 5905 section 7.3: the IPv4 address, or the first four octets of the MD5 hash of the IPv6 address */
export function referenceIdOf(address: string): number {
  const bytes = parseAddress(address.split('%')[0] ?? '')
  if (bytes === null) return 0
  return readUint32(bytes.length === 4 ? bytes : createHash('md5').update(bytes).digest(), 0)
}

/** The addresses of this machine, as those who follow it tell of them. */
export interface OwnAddresses {
  readonly texts: ReadonlySet<string>
  /** Reference ids of those that others reach; `inner`: of loopback, which every machine has. */
  readonly outer: ReadonlySet<number>
  readonly inner: ReadonlySet<number>
}

/** Those of all interfaces as they are now. */
export function ownAddresses(): OwnAddresses {
  const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? [])
  const idsOf = (inner: boolean): ReadonlySet<number> =>
    new Set(all.filter(({ internal }) => internal === inner).map(({ address }) => referenceIdOf(address)))
  return { texts: new Set(all.map(({ address }) => address)), outer: idsOf(false), inner: idsOf(true) }
}

/**
 * Whether a clock is synchronised to this machine. Every machine has the addresses of loopback: only on this one they mean us.
 *
 * @param address of who has that clock
 */
export function isReferenceOurs(
  { texts, outer, inner }: OwnAddresses,
  { stratum, id }: { readonly stratum: number; readonly id: number },
  address: string,
): boolean {
  return stratum > 1 && (outer.has(id) || (inner.has(id) && texts.has(address)))
}
