import type { Counters } from '../runtime/contract.ts'

/**
 * Every datagram ends in exactly one of these.
 * - `answered`, `kissed` (told to slow down), `rate_limited` (over the limit, silence), `denied` (not in the allow list)
 * - `length`, `fields`, `version`, `mode`: not a time request that we answer
 * - `unknown_key`, `bad_mac`: signed with a key that we do not have, or not by one who has it; an unsigned answer would be
 *   refused or worse, believed
 * - `nts_stale_cookie`, `nts_bad_cookie`, `nts_bad_mac`: protected by network time security with a cookie of a key that is
 *   forgotten, with none of ours, or not by one who has its keys; the kiss NTSN says so
 * - `authenticated`: protected by network time security, which is not served here
 * - `stale`: the clock was set, or the machine stood still, between arrival and answer
 * - `broadcast`: sent to everyone, so answered by no one (RFC 5905 section 9.2)
 * - `probes`: the supervisor's own question
 */
export const OUTCOMES = [
  'answered',
  'kissed',
  'rate_limited',
  'denied',
  'length',
  'fields',
  'version',
  'mode',
  'unknown_key',
  'bad_mac',
  'nts_stale_cookie',
  'nts_bad_cookie',
  'nts_bad_mac',
  'authenticated',
  'stale',
  'broadcast',
  'probes',
] as const

export type Outcome = (typeof OUTCOMES)[number]

/** Counts outcomes, and how those of `answered` were protected and which were interleaved; a plain object, so that counting allocates nothing. */
export type Tally = Record<Outcome | 'answered_key' | 'answered_nts' | 'answered_interleaved', number>

/** A tally with nothing counted yet. */
export function createTally(): Tally {
  return {
    answered: 0,
    kissed: 0,
    rate_limited: 0,
    denied: 0,
    length: 0,
    fields: 0,
    version: 0,
    mode: 0,
    unknown_key: 0,
    bad_mac: 0,
    nts_stale_cookie: 0,
    nts_bad_cookie: 0,
    nts_bad_mac: 0,
    authenticated: 0,
    stale: 0,
    broadcast: 0,
    probes: 0,
    answered_key: 0,
    answered_nts: 0,
    answered_interleaved: 0,
  }
}

/**
 * The tally as published. `received` is the sum of `answered`, `rate_limited`, `denied`, `malformed`, `unknown_key`,
 * `bad_mac`, `nts_nak`, `authenticated`, `stale` and `broadcast`; a name with its parent's name in front is a part of that parent; probes are apart.
 */
export function toCounters(tally: Tally): Counters {
  const malformed = tally.length + tally.fields + tally.version + tally.mode
  const rateLimited = tally.rate_limited + tally.kissed
  const { answered, denied, unknown_key, bad_mac, authenticated, stale, broadcast } = tally
  const ntsNak = tally.nts_stale_cookie + tally.nts_bad_cookie + tally.nts_bad_mac
  const unproved = unknown_key + bad_mac + ntsNak + authenticated
  return {
    received: answered + rateLimited + denied + malformed + unproved + stale + broadcast,
    answered,
    rate_limited: rateLimited,
    denied,
    malformed,
    unknown_key,
    bad_mac,
    nts_nak: ntsNak,
    authenticated,
    stale,
    broadcast,
    answered_key: tally.answered_key,
    answered_nts: tally.answered_nts,
    answered_interleaved: tally.answered_interleaved,
    rate_limited_kissed: tally.kissed,
    nts_nak_stale_cookie: tally.nts_stale_cookie,
    nts_nak_bad_cookie: tally.nts_bad_cookie,
    nts_nak_bad_mac: tally.nts_bad_mac,
    malformed_length: tally.length,
    malformed_fields: tally.fields,
    malformed_version: tally.version,
    malformed_mode: tally.mode,
    probes: tally.probes,
  }
}
