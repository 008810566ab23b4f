import { findClaim, refusal } from '../decide/claim.ts'
import type { Inquiry } from '../decide/decision.ts'
import type { SubnetLeases } from '../leases/subnet-leases.ts'
import { numberOption } from '../message/message.ts'
import { OPTION } from '../message/option-code.ts'
import { inSubnet } from './subnet-plan.ts'

/**
 * Chooses among the subnets that share the client's link: the one with its reservation (of several that which it
 * names), the one of the address that it names, the one where it has or had a lease, the one it asks for, the first with a free address.
 *
 * @param inquireIn the same message as if the client were in that subnet alone
 */
export function settleSubnet(
  inquiry: Inquiry,
  isDiscover: boolean,
  inquireIn: (subnet: SubnetLeases) => Inquiry,
): Inquiry {
  const { neighbours, message } = inquiry
  if (neighbours.length < 2) return inquiry
  const places = neighbours.map((subnet) => ({ subnet, inquiry: inquireIn(subnet) }))
  const reserved = places.flatMap((place) => {
    const address = findClaim(place.inquiry, place.subnet).usable?.address
    return address === undefined ? [] : { ...place, address }
  })
  const requested = numberOption(message, OPTION.requestedIpAddress) ?? 0
  const named = requested !== 0 || isDiscover ? requested : message.ciaddr
  const own = reserved.find(({ address }) => address === named) ?? reserved[0]
  if (own !== undefined) return own.inquiry
  if (!isDiscover) {
    return places.find(({ subnet }) => inSubnet(subnet.plan, named))?.inquiry ?? inquiry
  }
  const known = places.find((place) => canGoOn(place.inquiry, place.subnet))
  const asked = places.find((place) => requested !== 0 && can(place.inquiry, place.subnet, requested))
  const free = places.find((place) => hasFree(place.inquiry, place.subnet))
  return (known ?? asked ?? free)?.inquiry ?? inquiry
}

/** Whether the client has, had or was offered an address that it can have now. */
function canGoOn(inquiry: Inquiry, subnet: SubnetLeases): boolean {
  const lease = subnet.leaseOf(inquiry.client.key)
  const held = subnet.heldFor(inquiry.client.key)
  if (held !== null && can(inquiry, subnet, held)) return true
  return lease !== undefined && can(inquiry, subnet, lease.address)
}

function can(inquiry: Inquiry, subnet: SubnetLeases, address: number): boolean {
  return refusal(inquiry, findClaim(inquiry, subnet), address) === null
}

function hasFree({ client, classes, site, nowMs }: Inquiry, subnet: SubnetLeases): boolean {
  return subnet.nextFree(client.key, classes, site.own, nowMs) !== null
}
