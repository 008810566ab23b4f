import { leaseState } from '../leases/lease.ts'
import { type Binding, bindingKey } from './binding.ts'
import { type Decision6, type Inquiry6, ignore6, plainReply } from './decision.ts'
import type { AnsweredAssociation } from './identity-association.ts'

/** How long an address that a client found in use is given to nobody. */
const DECLINED_MS = 24 * 3600 * 1000
/** A reservation is tried again sooner: somebody wants this client to have this address. */
const RESERVED_DECLINED_MS = 600 * 1000

/**
 * Decides about a RELEASE: the addresses are free, the client is remembered.
 *
 * @rfc 8415 section 18.3.7: success whatever was found, and which associations were not
 */
export function decideRelease(inquiry: Inquiry6): Decision6 {
  return giveBack(inquiry, 'released', 'the client gave the address back', (binding) => ({
    ...binding,
    state: 'released',
    endsMs: inquiry.nowMs,
  }))
}

/**
 * Decides about a DECLINE: the addresses are in use by strangers, so they are set aside.
 *
 * @rfc 8415 section 18.3.8
 * @attack only the owner of a lease is believed, and at most a fifth of the pools is set aside; what is beyond is free again
 */
export function decideDecline(inquiry: Inquiry6): Decision6 {
  const { nowMs, book } = inquiry
  let setAside = 0
  return giveBack(inquiry, 'declined', 'the client found the address in use', (binding) => {
    if (!binding.reserved && book.subnetOf(binding.address)?.mayDecline(setAside) !== true)
      return { ...binding, state: 'released', endsMs: nowMs }
    if (!binding.reserved) setAside += 1
    const lastsMs = binding.reserved ? RESERVED_DECLINED_MS : DECLINED_MS
    return { ...binding, state: 'declined', startsMs: nowMs, endsMs: nowMs + lastsMs }
  })
}

function giveBack(
  inquiry: Inquiry6,
  outcome: 'released' | 'declined',
  reason: string,
  change: (binding: Binding) => Binding,
): Decision6 {
  const { message, link, duid, nowMs } = inquiry
  const changes: Binding[] = []
  const unknown: AnsweredAssociation[] = []
  for (const { kind, iaid, addresses } of message.associations) {
    const key = bindingKey({ duid, iaid })
    const mine =
      kind !== 'iaNa' ? [] : addresses.flatMap((address) => link.flatMap((subnet) => subnet.at(address) ?? []))
    const ending = mine.filter((binding) => bindingKey(binding) === key && leaseState(binding, nowMs) === 'bound')
    changes.push(...ending.map(change))
    const status = { name: 'noBinding', message: 'not on record' } as const
    if (ending.length === 0) unknown.push({ kind, iaid, addresses: [], status })
  }
  const first = changes[0]?.address
  const answer = { ...plainReply({ name: 'success', message: 'done' }), associations: unknown }
  if (first === undefined) {
    const named = message.associations[0]?.addresses[0] ?? null
    return { ...ignore6('no_binding', 'the client has no lease of that address', named), answer }
  }
  return { ...ignore6(outcome, reason, first), answer, changes }
}
