import { isOnLink } from './answered-part.ts'
import { type Decision6, type Inquiry6, ignore6, plainReply } from './decision.ts'

/**
 * Decides about a CONFIRM: whether the addresses of a client that was away are of the link that it is on now.
 *
 * @rfc 8415 section 18.3.3: without an address there is nothing to say
 */
export function decideConfirm(inquiry: Inquiry6): Decision6 {
  const addresses = inquiry.message.associations.flatMap((association) => association.addresses)
  const [first] = addresses
  if (first === undefined) return ignore6('ignored_no_address', 'it names no address')
  const strange = addresses.find((address) => !isOnLink(inquiry, address))
  if (strange !== undefined) {
    const reason = 'an address is of another link'
    return { ...ignore6('not_on_link', reason, strange), answer: plainReply({ name: 'notOnLink', message: reason }) }
  }
  const reason = 'its addresses are of this link'
  return { ...ignore6('confirmed', reason, first), answer: plainReply({ name: 'success', message: reason }) }
}
