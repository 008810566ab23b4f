import type { ClientDecision } from '../decide/decision.ts'
import { type Lease, STRANGER } from '../leases/lease.ts'

/** How long an address that a stranger uses is given to nobody. */
const IN_USE_MS = 3600 * 1000
/** A reserved one is tried again sooner: somebody wants its client to have it. */
const RESERVED_IN_USE_MS = 600 * 1000

/** Whether a decision promises an address to a client that neither has nor had it. */
export function isNewPromise({ outcome, changes, address, client, subnet }: ClientDecision): boolean {
  const isGrant = outcome === 'ack' || outcome === 'bootp_reply'
  const promises = outcome === 'offer' || (isGrant && changes.some((change) => change.address === address))
  return promises && address !== 0 && subnet?.leaseAt(address)?.client !== client
}

/** Sets an address aside that a stranger uses. @param mac of the stranger, empty when only the address is known */
export function strangersLease(address: number, mac: string, isReserved: boolean, nowMs: number): Lease {
  return {
    address,
    client: STRANGER,
    mac,
    clientId: null,
    hostname: null,
    state: 'declined',
    startsMs: nowMs,
    endsMs: nowMs + (isReserved ? RESERVED_IN_USE_MS : IN_USE_MS),
    relay: 0,
    circuitId: null,
    remoteId: null,
    reserved: false,
  }
}
