import { isOccupied, type Lease } from '../leases/lease.ts'
import type { SubnetLeases } from '../leases/subnet-leases.ts'
import { decodeClientFqdn } from '../message/client-fqdn.ts'
import { identifierOf } from '../message/client-key.ts'
import { sanitizeHostname } from '../message/hostname.ts'
import { type Message, numberOption } from '../message/message.ts'
import { OPTION } from '../message/option-code.ts'
import type { Profile } from '../subnets/profile.ts'
import type { Reservation } from '../subnets/reservation-plan.ts'
import { inSubnet, isEdge, isInPool, isSpecial } from '../subnets/subnet-plan.ts'
import type { Inquiry } from './decision.ts'

/** What a client may claim in one subnet. */
export interface Claim {
  readonly subnet: SubnetLeases
  /** The lease it has or had last. */
  readonly lease: Lease | undefined
  /** The reservation made for it; also when the address cannot be had at the moment. */
  readonly reservation: Reservation | undefined
  /** The reservation if its address is free for it. */
  readonly usable: Reservation | undefined
}

/** Looks up what a client may claim. */
export function findClaim(inquiry: Inquiry, subnet: SubnetLeases): Claim {
  const { client, nowMs, site, circuitId, remoteId } = inquiry
  const lease = subnet.leaseOf(client.key)
  const { byMac, byClientId, byCircuitId, byRemoteId } = subnet.plan.reservations
  const identifier = byClientId.size === 0 ? null : identifierOf(client)
  const reservation =
    byMac.get(client.mac) ??
    (identifier === null ? undefined : byClientId.get(identifier)) ??
    (circuitId === null ? undefined : byCircuitId.get(circuitId)) ??
    (remoteId === null ? undefined : byRemoteId.get(remoteId))
  const free =
    reservation !== undefined &&
    !site.own.has(reservation.address) &&
    subnet.isFree(reservation.address, client.key, nowMs)
  return { subnet, lease, reservation, usable: free ? reservation : undefined }
}

/** The address of the relay agent that asks; 0 = there is none, as the supervisor's probe only claims to be one. */
export function relayAddress({ message, probe }: Inquiry): number {
  return probe ? 0 : message.giaddr
}

/** Why the client cannot have an address, in words; null when it can. */
export function refusal(inquiry: Inquiry, claim: Claim, address: number): string | null {
  const { subnet, reservation, usable } = claim
  const { plan } = subnet
  if (!inSubnet(plan, address)) return 'address is of another network'
  const owner = plan.reservations.byAddress.get(address)
  // A router may be a client, too: the one that its address is reserved for.
  const isRouter = owner !== undefined && owner === reservation && !isEdge(plan, address)
  if ((isSpecial(plan, address) && !isRouter) || inquiry.site.own.has(address)) return 'address is not for clients'
  if (address === relayAddress(inquiry)) return 'address is that of the relay agent'
  if (owner !== undefined && owner !== reservation) return 'address is reserved for another client'
  if (usable !== undefined && usable.address !== address) return 'another address is reserved for the client'
  if (owner === undefined) {
    const pool = plan.pools.at(address)
    if (pool === undefined || !isInPool(plan, address)) return 'address is in no pool'
    if (!inquiry.probe && !plan.pools.groupsFor(inquiry.classes).includes(pool.group))
      return 'address is in a pool for other clients'
  }
  if (subnet.isFree(address, inquiry.client.key, inquiry.nowMs)) return null
  const lease = subnet.leaseAt(address)
  if (lease === undefined || !isOccupied(lease, inquiry.nowMs)) return 'address is offered to another client'
  return lease.state === 'declined' ? 'address was declined and is set aside' : 'address is leased to another client'
}

/** What the client gets along with an address; 0 = none. */
export function profileOf(inquiry: Inquiry, claim: Claim, address: number): Profile {
  const { plan } = claim.subnet
  return plan.profiles.of(claim.reservation, inquiry.classes, plan.pools.at(address))
}

/** The length of a lease: what the client asks for within the limits, else the usual. */
export function leaseSeconds(inquiry: Inquiry, profile: Profile): number {
  const wanted = numberOption(inquiry.message, OPTION.leaseTime)
  const { leaseSeconds: usual, minLeaseSeconds, maxLeaseSeconds } = profile
  return wanted === null ? usual : Math.min(maxLeaseSeconds, Math.max(minLeaseSeconds, wanted))
}

/** The lease that an ACK promises. */
export function newLease(inquiry: Inquiry, claim: Claim, address: number, seconds: number): Lease {
  const { book, client, message, nowMs } = inquiry
  const reserved = claim.reservation?.address === address
  const told = nameOf(message) ?? claim.lease?.hostname ?? null
  return {
    address,
    client: client.key,
    mac: client.mac,
    clientId: client.clientId,
    hostname:
      (reserved ? claim.reservation?.hostname : null) ??
      (told === null ? null : book.names.give(told, client.key, address)),
    state: 'bound',
    startsMs: nowMs,
    endsMs: seconds === 0xffffffff ? Number.POSITIVE_INFINITY : nowMs + seconds * 1000,
    relay: message.giaddr === 0 ? (claim.lease?.relay ?? 0) : message.giaddr,
    circuitId: inquiry.circuitId,
    remoteId: inquiry.remoteId,
    reserved,
  }
}

/** What the client calls itself. @rfc 4702 section 3.1: a client sends one of the two; the host name goes before */
function nameOf({ options }: Message): string | null {
  const name = options.get(OPTION.hostName)
  const told = name === undefined ? null : sanitizeHostname(name)
  if (told !== null) return told
  const option = options.get(OPTION.clientFqdn)
  const fqdn = option === undefined ? null : decodeClientFqdn(option)
  return fqdn === null ? null : sanitizeHostname(fqdn)
}
