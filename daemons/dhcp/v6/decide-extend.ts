import { answerOf, assign, isOnLink, type Part, refuse, refuseKind } from './answered-part.ts'
import {
  ended,
  type Found,
  findReserved,
  given,
  mayHave,
  newBinding,
  presentOf,
  reservationOf,
  runs,
  Taken,
} from './assign.ts'
import { type Decision6, type Inquiry6, ignore6 } from './decision.ts'
import type { Association } from './identity-association.ts'
import { isIn } from './subnet-plan.ts'

/**
 * Decides about a RENEW or a REBIND: leases go on, addresses that the client must stop using get lifetimes of 0, and an
 * association that is not on record is taken over where its address is free for it.
 *
 * @rfc 8415 sections 18.3.4 and 18.3.5: a REBIND about addresses that another server may have given stays unanswered
 */
export function decideExtend(inquiry: Inquiry6): Decision6 {
  const { message } = inquiry
  const taken = new Taken()
  const parts = message.associations.flatMap((association) => extend(inquiry, association, taken) ?? [])
  const asked = message.associations[0]?.addresses[0] ?? null
  if (parts.length === 0)
    return ignore6('ignored_unknown_binding', 'it is not on record, and another server may know it', asked)
  const changes = parts.flatMap(({ binding }) => binding ?? [])
  const isUnknown = parts.some(({ answered }) => answered.status?.name === 'noBinding')
  return {
    outcome: changes.length > 0 ? 'reply' : isUnknown ? 'no_binding' : 'no_addresses',
    reason: parts.map(({ reason }) => reason).join('; '),
    address: changes[0]?.address ?? asked,
    answer: answerOf(inquiry, 'REPLY', parts, false),
    changes,
  }
}

/** What becomes of one association; null = nothing is said about it. */
function extend(inquiry: Inquiry6, association: Association, taken: Taken): Part | null {
  const { kind, iaid, addresses } = association
  const refused = refuseKind(association)
  // An address of another kind, or a prefix, is another server's: a client told that there is none would give it up.
  if (refused !== null) return inquiry.message.type === 'REBIND' ? null : refused
  const present = presentOf(inquiry, iaid)
  const isKnown = runs(present, inquiry.nowMs)
  const found = isKnown
    ? (findReserved(inquiry, iaid, taken) ?? findAmong(inquiry, iaid, [present.address], taken))
    : findAmong(inquiry, iaid, addresses, taken)
  if (found !== null) {
    taken.addresses.add(found.address)
    taken.more += isKnown ? 0 : 1
    const others = addresses.filter((address) => address !== found.address).map(ended)
    return {
      answered: { kind, iaid, addresses: [given(found), ...others], status: null },
      binding: newBinding(inquiry, iaid, found),
      reason: isKnown ? 'its lease goes on' : 'its lease was not on record; the address is free for it',
    }
  }
  // What it has is given no more, or it had nothing so far: another address, if there is any.
  if (isKnown || addresses.length === 0) return assign(inquiry, association, taken, addresses.map(ended))
  if (inquiry.message.type === 'RENEW') return refuse(association, 'noBinding', 'its lease is not on record')
  if (!addresses.every((address) => isForUsToSay(inquiry, address))) return null
  const reason = 'its addresses are not of its link, or others have them'
  return { answered: { kind, iaid, addresses: addresses.map(ended), status: null }, binding: null, reason }
}

/** The first of some addresses that the association may have. */
function findAmong(inquiry: Inquiry6, iaid: number, addresses: readonly bigint[], taken: Taken): Found | null {
  for (const address of addresses) {
    const subnet = inquiry.link.find(({ plan }) => plan.stateful && isIn(plan, address))
    if (subnet === undefined) continue
    const own = reservationOf(inquiry, subnet)
    const reservation = own?.address === address ? own : undefined
    const hasIt = runs(subnet.at(address) ?? null, inquiry.nowMs)
    if (!hasIt && !subnet.hasRoomFor(inquiry.duid, taken.more)) continue
    if (mayHave(inquiry, iaid, { subnet, reservation }, address, taken)) return { subnet, address, reservation }
  }
  return null
}

/** Whether nobody else can have given the address on this link: it is of another, or of our pools or reservations. */
function isForUsToSay(inquiry: Inquiry6, address: bigint): boolean {
  if (!isOnLink(inquiry, address)) return true
  return inquiry.link.some(
    ({ plan }) => plan.pools.some((pool) => isIn(pool, address)) || plan.reservations.byAddress.has(address),
  )
}
