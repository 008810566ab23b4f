import { findAddress, given, newBinding, type Taken } from './assign.ts'
import type { Binding } from './binding.ts'
import type { Answer6, Inquiry6 } from './decision.ts'
import type { AnsweredAssociation, Association, GivenAddress } from './identity-association.ts'
import { isIn } from './subnet-plan.ts'

/** What becomes of one association of a message. */
export interface Part {
  readonly answered: AnsweredAssociation
  /** The lease that it gets or keeps. */
  readonly binding: Binding | null
  /** Why, in words. */
  readonly reason: string
}

/** A part without a lease. */
export function refuse({ kind, iaid }: Association, name: Status, message: string): Part {
  return { answered: { kind, iaid, addresses: [], status: { name, message } }, binding: null, reason: message }
}

type Status = NonNullable<AnsweredAssociation['status']>['name']

/** Answers an association of a kind that is not given; null for one that is. @rfc 8415 section 21.13 */
export function refuseKind(association: Association): Part | null {
  if (association.kind === 'iaPd') return refuse(association, 'noPrefixAvail', 'no prefixes are given')
  return association.kind === 'iaTa' ? refuse(association, 'noAddrsAvail', 'no temporary addresses are given') : null
}

/**
 * Gives an association an address.
 *
 * @param others addresses that are told along with it
 */
export function assign(
  inquiry: Inquiry6,
  association: Association,
  taken: Taken,
  others: readonly GivenAddress[],
): Part {
  const { kind, iaid, addresses } = association
  const found = findAddress(inquiry, association, taken)
  if (found === null) {
    const isStateful = inquiry.link.some(({ plan }) => plan.stateful)
    const reason = isStateful ? 'no address is free for it' : 'no addresses are given on its link'
    const { answered, binding } = refuse(association, 'noAddrsAvail', reason)
    return { answered: { ...answered, addresses: others }, binding, reason }
  }
  taken.addresses.add(found.address)
  taken.more += 1
  const asked = addresses.includes(found.address)
    ? 'the address that it asks for is free for it'
    : 'the address is free'
  return {
    answered: {
      ...{ kind, iaid, status: null },
      addresses: [given(found), ...others.filter(({ address }) => address !== found.address)],
    },
    binding: newBinding(inquiry, iaid, found),
    reason: found.reservation === undefined ? asked : 'the address is reserved for it',
  }
}

/** Puts the parts together; the settings told are those of the subnet of the first address. */
export function answerOf(
  { link }: Inquiry6,
  type: Answer6['type'],
  parts: readonly Part[],
  rapidCommit: boolean,
): Answer6 {
  const first = parts.find(({ binding }) => binding !== null)?.binding ?? null
  const subnet = link.find(({ plan }) => first !== null && isIn(plan, first.address)) ?? link[0]
  return {
    ...{ type, rapidCommit, status: null },
    associations: parts.map(({ answered }) => answered),
    settings: subnet?.plan ?? null,
    hostname: first?.hostname ?? null,
  }
}

/** Whether an address could be one of the client's link. */
export function isOnLink({ link }: Inquiry6, address: bigint): boolean {
  return link.some(({ plan }) => isIn(plan, address))
}
