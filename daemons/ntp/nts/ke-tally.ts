import type { Counters } from '../../runtime/contract.ts'

/**
 * How connections of the key establishment end, each counted once.
 * - `established`: keys and cookies were given out
 * - `nothing_in_common`: no protocol or algorithm that both know
 * - `bad_request`: records that are none, too many octets, or what no client may send
 * - `handshake`: TLS came to nothing: an older version, another protocol, a certificate that was not wanted
 * - `turned_away`: too many connections, of this client or of all
 * - `denied`: not in the allow list
 * - `unfinished`: nothing that ends came in time, or it was pushed out by newer ones
 */
export const KE_OUTCOMES = [
  'established',
  'nothing_in_common',
  'bad_request',
  'handshake',
  'turned_away',
  'denied',
  'unfinished',
] as const

export type KeOutcomeName = (typeof KE_OUTCOMES)[number]
export type KeTally = Record<KeOutcomeName, number>

/** A tally with nothing counted yet. */
export function createKeTally(): KeTally {
  return {
    established: 0,
    nothing_in_common: 0,
    bad_request: 0,
    handshake: 0,
    turned_away: 0,
    denied: 0,
    unfinished: 0,
  }
}

/** The tally as published. */
export function toKeCounters(tally: KeTally): Counters {
  return Object.fromEntries(KE_OUTCOMES.map((name) => [`nts_ke_${name}`, tally[name]]))
}
