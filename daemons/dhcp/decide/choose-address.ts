import { numberOption } from '../message/message.ts'
import { OPTION } from '../message/option-code.ts'
import { isInPool } from '../subnets/subnet-plan.ts'
import { type Claim, refusal, relayAddress } from './claim.ts'
import type { Inquiry } from './decision.ts'

/** An address for a client, and why this one. */
export interface Choice {
  readonly address: number
  readonly reason: string
}

/** Reservation, present lease, former lease, the address asked for, the one offered before, any. */
export function chooseAddress(inquiry: Inquiry, claim: Claim): Choice | null {
  const { client, classes, message, site, nowMs } = inquiry
  const { subnet, lease, usable } = claim
  if (usable !== undefined) return { address: usable.address, reason: 'reserved for the client' }
  const can = (address: number | null | undefined): address is number =>
    address !== null && address !== undefined && address !== 0 && refusal(inquiry, claim, address) === null
  if (can(lease?.address)) return { address: lease?.address ?? 0, reason: 'the client has or had it' }
  const requested = numberOption(message, OPTION.requestedIpAddress)
  if (can(requested)) return { address: requested, reason: 'the client asked for it' }
  const held = subnet.heldFor(client.key)
  if (can(held)) return { address: held, reason: 'kept for the client since it asked' }
  const relay = relayAddress(inquiry)
  const taken = relay !== 0 && isInPool(subnet.plan, relay) ? new Set([...site.own, relay]) : site.own
  const next = subnet.nextFree(client.key, classes, taken, nowMs)
  return next === null ? null : { address: next, reason: 'next free address' }
}
