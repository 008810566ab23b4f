import { decodeClientFqdn } from './client-fqdn.ts'
import type { Inquiry } from './decision.ts'
import { formatHex } from './hex.ts'
import { sanitizeHostname } from './hostname.ts'
import { isOccupied, type Lease } from './lease.ts'
import { type Message, numberOption } from './message.ts'
import { OPTION } from './option-code.ts'
import type { SubnetLeases } from './subnet-leases.ts'
import { inSubnet, isInPool, isSpecial, type Reservation } from './subnet-plan.ts'

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

/** Looks up what a client may claim. A renewal that does not pass the relay keeps the circuit of its lease. */
export function findClaim(inquiry: Inquiry, subnet: SubnetLeases): Claim {
  const { client, nowMs, site } = inquiry
  const lease = subnet.leaseOf(client.key)
  const { byMac, byClientId, byCircuitId } = subnet.plan.reservations
  const circuit = circuitOf(inquiry, lease)
  const reservation =
    byMac.get(client.mac) ??
    (client.clientId === null ? undefined : byClientId.get(client.clientId)) ??
    (circuit === null ? undefined : byCircuitId.get(circuit))
  const free =
    reservation !== undefined &&
    !site.own.has(reservation.address) &&
    subnet.isFree(reservation.address, client.key, nowMs)
  return { subnet, lease, reservation, usable: free ? reservation : undefined }
}

/** Why the client cannot have an address, in words; null when it can. */
export function refusal(inquiry: Inquiry, claim: Claim, address: number): string | null {
  const { subnet, reservation, usable } = claim
  const { plan } = subnet
  if (!inSubnet(plan, address)) return 'address is of another network'
  if (isSpecial(plan, address) || inquiry.site.own.has(address)) return 'address is not for clients'
  const owner = plan.reservations.byAddress.get(address)
  if (owner !== undefined && owner !== reservation) return 'address is reserved for another client'
  if (usable !== undefined && usable.address !== address) return 'another address is reserved for the client'
  if (owner === undefined && !isInPool(plan, address)) return 'address is in no pool'
  if (subnet.isFree(address, inquiry.client.key, inquiry.nowMs)) return null
  const lease = subnet.leaseAt(address)
  if (lease === undefined || !isOccupied(lease, inquiry.nowMs)) return 'address is offered to another client'
  return lease.state === 'declined' ? 'address was declined and is set aside' : 'address is leased to another client'
}

/** The length of a lease: what the client asks for within the limits, else the usual. */
export function leaseSeconds(inquiry: Inquiry, subnet: SubnetLeases): number {
  const wanted = numberOption(inquiry.message, OPTION.leaseTime)
  const { leaseSeconds: usual, minLeaseSeconds, maxLeaseSeconds } = subnet.plan
  return wanted === null ? usual : Math.min(maxLeaseSeconds, Math.max(minLeaseSeconds, wanted))
}

/** The lease that an ACK promises. */
export function newLease(inquiry: Inquiry, claim: Claim, address: number, seconds: number): Lease {
  const { client, message, nowMs } = inquiry
  const reserved = claim.reservation?.address === address
  return {
    address,
    client: client.key,
    mac: client.mac,
    clientId: client.clientId,
    hostname: (reserved ? claim.reservation?.hostname : null) ?? nameOf(message) ?? claim.lease?.hostname ?? null,
    state: 'bound',
    startsMs: nowMs,
    endsMs: seconds === 0xffffffff ? Number.POSITIVE_INFINITY : nowMs + seconds * 1000,
    relay: message.giaddr === 0 ? (claim.lease?.relay ?? 0) : message.giaddr,
    circuitId: circuitOf(inquiry, claim.lease),
    reserved,
  }
}

/** What the client calls itself. @rfc 4702 section 3.1: a client sends one of the two; the host name goes before */
function nameOf({ options }: Message): string | null {
  const name = options.get(OPTION.hostName)
  const told = name === undefined ? null : sanitizeHostname(name)
  if (told !== null) return told
  const fqdn = decodeClientFqdn(options.get(OPTION.clientFqdn) ?? new Uint8Array(0))
  return fqdn === null ? null : sanitizeHostname(fqdn)
}

function circuitOf(inquiry: Inquiry, lease: Lease | undefined): string | null {
  const told = inquiry.relay?.circuitId ?? null
  if (told !== null) return formatHex(told)
  return inquiry.message.giaddr === 0 ? (lease?.circuitId ?? null) : null
}
