import { isMappedIpv4, type Prefix, prefixContains } from '../wire/address.ts'
import type { ClientTable } from './client-table.ts'
import type { Random32 } from './random32.ts'
import type { NtpSection } from './section.ts'

export interface AdmissionRules {
  readonly allow: readonly Prefix[]
  readonly rateLimit: NtpSection['rateLimit']
}

export type Admission = 'admitted' | 'kissed' | 'rate_limited' | 'denied'

/**
 * An IPv6 network may ask this many times what one address may: enough for a LAN, where all share one /64, and an end
 * to the 2^64 fresh buckets of somebody who takes a new address for each request.
 */
const NETWORK_SHARE = 64

/** Of the requests over the limit, every fourth is answered all the same, chosen at random. */
const LEAK_MASK = 3

/**
 * Decides whether a client gets an answer, and keeps the books on it.
 *
 * @param bytes holds the client's address from `offset`, 4 or 16 octets as `length` says; an IPv4 address mapped into
 *   IPv6 is the same client as that IPv4 address
 * @param now monotonic milliseconds
 * @attack somebody forging a victim's address can empty its bucket, but the leak still lets a quarter of the victim's
 *   own requests through (CVE-2016-7426 class); a kiss goes out once per interval at most, so it is no flood either
 */
export function admit(
  rules: AdmissionRules,
  clients: ClientTable,
  random: Random32,
  bytes: Uint8Array,
  offset: number,
  length: 4 | 16,
  version: number,
  now: number,
): Admission {
  if (length === 16 && isMappedIpv4(bytes, offset))
    return admit(rules, clients, random, bytes, offset + 12, 4, version, now)
  const limit = rules.rateLimit
  const burst = limit === null ? 0 : limit.burst
  const client = clients.client(bytes, offset, length, burst, now)
  if (!isAllowed(rules.allow, bytes, offset, length)) {
    clients.countRequest(client, version, now)
    clients.countDenied(client)
    return 'denied'
  }
  if (limit === null) {
    clients.countRequest(client, version, now)
    return 'admitted'
  }
  let within = clients.charge(client, limit.intervalMs, burst, now)
  if (length === 16 && within) {
    const network = clients.network(bytes, offset, burst * NETWORK_SHARE, now)
    within = clients.charge(network, limit.intervalMs / NETWORK_SHARE, burst * NETWORK_SHARE, now)
  }
  clients.countRequest(client, version, now)
  if (within) return 'admitted'
  if (limit.kod && clients.takeKiss(client, limit.intervalMs, now)) {
    clients.countLimited(client)
    return 'kissed'
  }
  if ((random.next() & LEAK_MASK) === 0) return 'admitted'
  clients.countLimited(client)
  return 'rate_limited'
}

function isAllowed(allow: readonly Prefix[], bytes: Uint8Array, offset: number, length: 4 | 16): boolean {
  for (const prefix of allow) if (prefixContains(prefix, bytes, length, offset)) return true
  return false
}
