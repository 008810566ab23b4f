import { leaseState } from '../leases/lease.ts'
import { keyIn } from '../message/client-key.ts'
import { numberOption } from '../message/message.ts'
import { OPTION } from '../message/option-code.ts'
import { type Decision, type Inquiry, ignore } from './decision.ts'

/** How long an address that a client found in use is given to nobody. */
const DECLINED_MS = 24 * 3600 * 1000
/** A reservation is tried again sooner: somebody wants this client to have this address. */
const RESERVED_DECLINED_MS = 600 * 1000

/**
 * Decides about a DECLINE: the address is in use by a stranger, so it is set aside. Never answered.
 *
 * @rfc 2131 section 4.3.3, table 5: server identifier and requested address must be there
 * @attack only the owner of the lease is believed, and at most a fifth of the pool is set aside
 */
export function decideDecline(inquiry: Inquiry): Decision {
  const { message, client, nowMs } = inquiry
  const address = numberOption(message, OPTION.requestedIpAddress) ?? 0
  const stray = notForUs(inquiry, address)
  if (stray !== null) return stray
  const subnet = inquiry.subnet ?? inquiry.book.subnetOf(address)
  const lease = subnet?.leaseAt(address)
  if (subnet === null || lease === undefined) return ignore('ignored_not_owner', 'no such lease', subnet, address)
  if (lease.client !== keyIn(subnet.plan, client) || lease.mac !== client.mac || leaseState(lease, nowMs) !== 'bound')
    return ignore('ignored_not_owner', 'the client has no lease of the address', subnet, address)
  if (!lease.reserved && !subnet.mayDecline())
    return ignore('ignored_decline_limit', 'too many addresses are set aside already', subnet, address)
  const endsMs = nowMs + (lease.reserved ? RESERVED_DECLINED_MS : DECLINED_MS)
  return {
    ...ignore('declined', 'the client found the address in use; it is set aside', subnet, address),
    changes: [{ ...lease, state: 'declined', startsMs: nowMs, endsMs }],
    endsHold: true,
  }
}

/**
 * Decides about a RELEASE: the address is free, the client is remembered. Never answered.
 *
 * @rfc 2131 section 4.3.4, table 5
 */
export function decideRelease(inquiry: Inquiry): Decision {
  const { message, client, nowMs } = inquiry
  const address = message.ciaddr
  const stray = notForUs(inquiry, address)
  if (stray !== null) return stray
  const subnet = inquiry.book.subnetOf(address)
  const lease = subnet?.leaseAt(address)
  if (subnet === null || lease === undefined) return ignore('ignored_not_owner', 'no such lease', subnet, address)
  if (lease.client !== keyIn(subnet.plan, client) || leaseState(lease, nowMs) !== 'bound')
    return ignore('ignored_not_owner', 'the client has no lease of the address', subnet, address)
  return {
    ...ignore('released', 'the client gave the address back', subnet, address),
    changes: [{ ...lease, state: 'released', endsMs: nowMs }],
    endsHold: true,
  }
}

function notForUs(inquiry: Inquiry, address: number): Decision | null {
  const { message, site, serverIdentifier, subnet } = inquiry
  const server = numberOption(message, OPTION.serverIdentifier)
  if (server === null || address === 0)
    return ignore('ignored_incomplete', 'server identifier or address is missing', subnet, address)
  if (server !== serverIdentifier && !site.own.has(server))
    return ignore('ignored_other_server', 'meant for another server', subnet, address)
  return null
}
