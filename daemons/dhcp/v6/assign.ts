import { isOccupied, leaseState } from '../leases/lease.ts'
import { sanitizeHostname } from '../message/hostname.ts'
import { type Binding, bindingKey } from './binding.ts'
import { decodeClientFqdn } from './client-fqdn.ts'
import type { Inquiry6 } from './decision.ts'
import type { Association, GivenAddress } from './identity-association.ts'
import { linkAddressOf } from './message.ts'
import type { SubnetBindings } from './subnet-bindings.ts'
import { isInPools, type Reservation6 } from './subnet-plan.ts'

/** An address found for an identity association. */
export interface Found {
  readonly subnet: SubnetBindings
  readonly address: bigint
  readonly reservation: Reservation6 | undefined
}

/** What associations of the same message get: no address goes to two of them. */
export class Taken {
  readonly addresses = new Set<bigint>()
  /** New leases of the client. */
  more = 0
}

/**
 * The address that an identity association gets: the one reserved for the client, the one it has or had last, one that it
 * asks for, else what is free.
 *
 * @returns null when there is none
 */
export function findAddress(inquiry: Inquiry6, association: Association, taken: Taken): Found | null {
  const reserved = findReserved(inquiry, association.iaid, taken)
  if (reserved !== null) return reserved
  const subnets = inquiry.link.filter(({ plan }) => plan.stateful)
  const present = presentOf(inquiry, association.iaid)
  const wishes = [...(present === null ? [] : [present.address]), ...association.addresses]
  for (const address of wishes) {
    const subnet = subnets.find(({ plan }) => address >= plan.first && address <= plan.last)
    if (subnet === undefined) continue
    if (
      mayHave(inquiry, association.iaid, { subnet, reservation: undefined }, address, taken) &&
      hasRoom(inquiry, subnet, address, taken)
    )
      return { subnet, address, reservation: undefined }
  }
  for (const subnet of subnets) {
    if (!subnet.hasRoomFor(inquiry.duid, taken.more)) continue
    const key = keyOf(inquiry, association.iaid)
    const address = subnet.nextFree(key, inquiry.own, taken.addresses, inquiry.nowMs)
    if (address !== null) return { subnet, address, reservation: undefined }
  }
  return null
}

/** The first address reserved for the client that the association may have. */
export function findReserved(inquiry: Inquiry6, iaid: number, taken: Taken): Found | null {
  for (const subnet of inquiry.link) {
    const reservation = reservationOf(inquiry, subnet)
    if (reservation === undefined) continue
    const { address } = reservation
    if (mayHave(inquiry, iaid, { subnet, reservation }, address, taken)) return { subnet, address, reservation }
  }
  return null
}

/** Whether the association may have an address now: it is in a pool or reserved for the client, and nobody else has it. */
export function mayHave(
  { own, nowMs, duid, mac }: Inquiry6,
  iaid: number,
  { subnet, reservation }: Pick<Found, 'subnet' | 'reservation'>,
  address: bigint,
  taken: Taken,
): boolean {
  if (own.has(address) || taken.addresses.has(address)) return false
  if (subnet.isFree(address, bindingKey({ duid, iaid }), nowMs))
    return reservation?.address === address || isInPools(subnet.plan, address)
  // The firmware of a host and its system have DUIDs of their own, and the reservation of the card is for both.
  const holder = subnet.at(address)
  return (
    reservation?.address === address &&
    holder?.state === 'bound' &&
    holder.mac === mac &&
    mac !== '' &&
    holder.duid !== duid
  )
}

/** The lease that the association has now on its link, or had last; null = it never had one. */
export function presentOf({ link, duid }: Inquiry6, iaid: number): Binding | null {
  const bindings = link.flatMap((subnet) => subnet.of(bindingKey({ duid, iaid })) ?? [])
  return bindings.toSorted((one, other) => other.endsMs - one.endsMs)[0] ?? null
}

/** The reservation for the client in a subnet. */
export function reservationOf({ duid, mac }: Inquiry6, { plan }: SubnetBindings): Reservation6 | undefined {
  return plan.reservations.byDuid.get(duid) ?? plan.reservations.byMac.get(mac)
}

/** The lease that a REPLY promises. */
export function newBinding(inquiry: Inquiry6, iaid: number, { subnet, address, reservation }: Found): Binding {
  const { book, duid, mac, nowMs, relays } = inquiry
  const before = subnet.at(address)
  const present =
    before !== undefined && bindingKey(before) === keyOf(inquiry, iaid) ? before : presentOf(inquiry, iaid)
  const told = nameOf(inquiry) ?? present?.hostname ?? null
  return {
    ...{ address, duid, iaid, mac },
    hostname: reservation?.hostname ?? (told === null ? null : book.names.give(told, { duid, mac }, address)),
    state: 'bound',
    startsMs: nowMs,
    endsMs: nowMs + subnet.plan.validSeconds * 1000,
    preferredSeconds: subnet.plan.preferredSeconds,
    relay: linkAddressOf(relays),
    reserved: reservation !== undefined,
  }
}

/** The lifetimes of an address as they are told. */
export function given({ subnet: { plan }, address }: Found): GivenAddress {
  return { address, preferredSeconds: plan.preferredSeconds, validSeconds: plan.validSeconds }
}

/** Tells a client to stop using an address. @rfc 8415 section 18.3.4 */
export function ended(address: bigint): GivenAddress {
  return { address, preferredSeconds: 0, validSeconds: 0 }
}

/** Whether the association has a lease that runs. */
export function runs(binding: Binding | null, nowMs: number): binding is Binding {
  return binding !== null && leaseState(binding, nowMs) === 'bound'
}

/** A client that has the address already needs no more room. */
function hasRoom({ duid, nowMs }: Inquiry6, subnet: SubnetBindings, address: bigint, { more }: Taken): boolean {
  const before = subnet.at(address)
  return (before !== undefined && isOccupied(before, nowMs)) || subnet.hasRoomFor(duid, more)
}

function keyOf({ duid }: Inquiry6, iaid: number): string {
  return bindingKey({ duid, iaid })
}

function nameOf({ message: { clientFqdn } }: Inquiry6): string | null {
  const name = clientFqdn === null ? null : decodeClientFqdn(clientFqdn)
  return name === null ? null : sanitizeHostname(name)
}
