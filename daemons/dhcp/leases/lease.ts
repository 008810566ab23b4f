/**
 * The promise that a client may use an address until `endsMs`, or the memory of such a promise.
 * Times are of the lease clock: wall time that does not jump while the daemon runs.
 */
export interface Lease {
  readonly address: number
  /** Who it was promised to; see `keyIn`. */
  readonly client: string
  /** Hardware address as aa:bb:…, empty when the client sent none. */
  readonly mac: string
  /** Option 61 in hex. */
  readonly clientId: string | null
  readonly hostname: string | null
  /** `bound` covers the time after the end too: see `leaseState`. */
  readonly state: 'bound' | 'released' | 'declined'
  readonly startsMs: number
  /** Infinity = for ever. For `declined`: when the address may be given out again. */
  readonly endsMs: number
  /** giaddr of the relay it came through, 0 = directly. */
  readonly relay: number
  /** Circuit of the relay's option 82 in hex: a later unicast renewal does not pass the relay. */
  readonly circuitId: string | null
  /** And the remote end of it. */
  readonly remoteId: string | null
  readonly reserved: boolean
}

/** What a lease says about time. */
export type Span = Pick<Lease, 'state' | 'startsMs' | 'endsMs'>

export type LeaseState = 'bound' | 'expired' | 'released' | 'declined'

/** The state at a moment: a bound lease past its end is expired. */
export function leaseState(lease: Pick<Lease, 'state' | 'endsMs'>, nowMs: number): LeaseState {
  return lease.state === 'bound' && lease.endsMs <= nowMs ? 'expired' : lease.state
}

/** Whether the address may not be given to anyone but, when bound, its own client. */
export function isOccupied(lease: Pick<Lease, 'state' | 'endsMs'>, nowMs: number): boolean {
  return lease.state !== 'released' && lease.endsMs > nowMs
}

/** Stands in the place of a client where nobody has a lease of an address that is in use. */
export const STRANGER = 'x'

/** Whether the address is set aside since we ourselves found it in use, not since its client told so. */
export function isConflict({ state, client }: Lease): boolean {
  return state === 'declined' && client === STRANGER
}

/** Whether a client said that it cannot use the address. */
export function isDeclined(lease: Lease): boolean {
  return lease.state === 'declined' && !isConflict(lease)
}

/** The port behind a relay that a lease belongs to; null when the relay told none. */
export function portKey({
  relay,
  circuitId,
  remoteId,
}: Pick<Lease, 'relay' | 'circuitId' | 'remoteId'>): string | null {
  return circuitId === null && remoteId === null ? null : `${relay} ${circuitId ?? ''}/${remoteId ?? ''}`
}
