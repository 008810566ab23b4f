import type { Lease } from '../leases/lease.ts'
import type { LeaseBook } from '../leases/lease-book.ts'
import type { SubnetLeases } from '../leases/subnet-leases.ts'
import { isLoopback } from '../links/destination.ts'
import { type ClientIdentity, keyIn } from '../message/client-key.ts'
import { formatHex } from '../message/hex.ts'
import type { Message } from '../message/message.ts'
import type { RelayAgent } from '../message/relay-agent.ts'
import { classify, NO_CLASSES } from './classify.ts'
import type { Arrival, Inquiry, Site } from './decision.ts'

/** What surrounds a message. */
export interface Surroundings {
  readonly book: LeaseBook
  readonly site: Site
  readonly arrival: Arrival
  /** Time of the lease clock. */
  readonly nowMs: number
  /** It carries the token of the supervisor's health probe. */
  readonly probe: boolean
  /** Why no lease can be confirmed now; a probe hears of it. */
  readonly fault: string | null
}

/** Gathers all that deciding about a message of a client in one subnet takes. The probe is in no class. */
export function inquire(
  message: Message,
  identity: ClientIdentity,
  relay: RelayAgent | null,
  subnet: SubnetLeases | null,
  surroundings: Surroundings,
): Inquiry {
  const { book, site, arrival, nowMs, probe } = surroundings
  const key = subnet === null ? identity.key : keyIn(subnet.plan, identity)
  const client = key === identity.key ? identity : { ...identity, key }
  const lease = message.giaddr === 0 ? subnet?.leaseOf(client.key) : undefined
  const circuitId = pathPart(message, relay?.circuitId ?? null, lease, 'circuitId')
  const remoteId = pathPart(message, relay?.remoteId ?? null, lease, 'remoteId')
  const self = ownAddress(surroundings)
  return {
    book,
    site,
    arrival,
    nowMs,
    message,
    client,
    relay,
    probe,
    subnet,
    neighbours: subnet === null ? [] : book.onLinkOf(subnet),
    classes: probe ? NO_CLASSES : classify(book.classes, { message, mac: client.mac, circuitId, remoteId }),
    circuitId,
    remoteId,
    self,
    // RFC 5107 section 4: a relay may put itself between the client and us for renewals too.
    serverIdentifier: relay?.serverIdentifierOverride ?? self,
    unicast: message.giaddr === 0 && arrival.local !== 0,
  }
}

/** A renewal that does not pass the relay keeps the place of its lease. */
function pathPart(
  message: Message,
  told: Uint8Array | null,
  lease: Lease | undefined,
  part: 'circuitId' | 'remoteId',
): string | null {
  if (told !== null) return formatHex(told)
  return message.giaddr === 0 ? (lease?.[part] ?? null) : null
}

function ownAddress({ site, arrival }: Surroundings): number {
  const ours = site.serverIdentifier ?? arrival.link?.address ?? 0
  if (ours !== 0) return ours
  if (arrival.local !== 0) return arrival.local
  for (const address of site.own) if (!isLoopback(address)) return address
  return 0x7f000001
}
