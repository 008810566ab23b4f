import { answerOf, assign, isOnLink, type Part, refuse, refuseKind } from './answered-part.ts'
import { Taken } from './assign.ts'
import type { Decision6, Inquiry6 } from './decision.ts'
import type { Association } from './identity-association.ts'

/**
 * Decides about a SOLICIT or a REQUEST: each association gets an address, or is told why not. A SOLICIT is promised nothing
 * and kept in no memory, unless it asks to be served at once and may be.
 *
 * @rfc 8415 sections 18.3.1 (with rapid commit), 18.3.2 and 18.3.9
 * @attack SOLICITs under made-up DUIDs: they hold no address
 */
export function decideRequest(inquiry: Inquiry6): Decision6 {
  const { message, link } = inquiry
  const isSolicit = message.type === 'SOLICIT'
  const taken = new Taken()
  const parts = message.associations.map((association) => answerAssociation(inquiry, association, taken))
  const changes = parts.flatMap(({ binding }) => binding ?? [])
  const wantsRapid = isSolicit && message.rapidCommit && link.every(({ plan }) => plan.rapidCommit)
  const isRapid = wantsRapid && changes.length > 0
  const commits = !isSolicit || isRapid
  const isOffLink = parts.some(({ answered }) => answered.status?.name === 'notOnLink')
  const served = commits ? 'reply' : 'advertise'
  return {
    outcome: changes.length > 0 ? served : isOffLink ? 'not_on_link' : 'no_addresses',
    reason: parts.length === 0 ? 'it asks for no address' : parts.map(({ reason }) => reason).join('; '),
    address: changes[0]?.address ?? null,
    answer: answerOf(inquiry, commits ? 'REPLY' : 'ADVERTISE', parts, isRapid),
    changes: commits ? changes : [],
  }
}

/** What a SOLICIT asks for is a wish; who sends a REQUEST was promised it. */
function answerAssociation(inquiry: Inquiry6, association: Association, taken: Taken): Part {
  const refused = refuseKind(association)
  if (refused !== null) return refused
  const isStrange = association.addresses.some((address) => !isOnLink(inquiry, address))
  if (isStrange && inquiry.message.type === 'REQUEST')
    return refuse(association, 'notOnLink', 'an address is of another link')
  return assign(inquiry, association, taken, [])
}
