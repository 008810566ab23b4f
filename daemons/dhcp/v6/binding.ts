import { macOfDuid } from './duid.ts'

/**
 * The promise that a client may use an IPv6 address until `endsMs`, or the memory of such a promise.
 * Times are of the lease clock: wall time that does not jump while the daemon runs.
 */
export interface Binding {
  readonly address: bigint
  /** Whose it is: the client by its DUID in hex, and which of its identity associations. */
  readonly duid: string
  readonly iaid: number
  /** Hardware address as aa:bb:…, empty when it is not known. */
  readonly mac: string
  readonly hostname: string | null
  /** `bound` covers the time after the end too: see `leaseState`. */
  readonly state: 'bound' | 'released' | 'declined'
  readonly startsMs: number
  /** End of the valid lifetime, Infinity = for ever. For `declined`: when the address may be given out again. */
  readonly endsMs: number
  readonly preferredSeconds: number
  /** Link address of the relay agent that it came through, 0 = directly. */
  readonly relay: bigint
  readonly reserved: boolean
}

/** Whose a binding is, as one key. */
export function bindingKey({ duid, iaid }: Pick<Binding, 'duid' | 'iaid'>): string {
  return `${duid}/${iaid}`
}

/**
 * The client's hardware address by the best that is known: what a relay agent saw, what its DUID was made of, what its
 * link-local address was made of.
 *
 * @rfc 6939; 8415 section 11; 4291 appendix A: fffe in the middle, the second lowest bit of the first octet flipped
 * @param source the address it wrote from, or that the relay agent nearest to it received from
 * @returns as aa:bb:…, empty when it is not known
 */
export function clientMac(relayed: string | null, duid: Uint8Array, source: bigint): string {
  return relayed ?? macOfDuid(duid) ?? macOfLinkLocal(source) ?? ''
}

function macOfLinkLocal(address: bigint): string | null {
  if (address >> 64n !== LINK_LOCAL || ((address >> 24n) & 0xffffn) !== 0xfffen) return null
  const octets = [56n, 48n, 40n, 16n, 8n, 0n].map((shift) => Number((address >> shift) & 0xffn))
  octets[0] = (octets[0] ?? 0) ^ 2
  return octets.map((octet) => octet.toString(16).padStart(2, '0')).join(':')
}

/** fe80::/64 */
const LINK_LOCAL = 0xfe80n << 48n
