import type { Arrival } from '../decide/decision.ts'
import type { SubnetLeases } from '../leases/subnet-leases.ts'
import type { AskNetwork, ConflictDesk } from './conflict-desk.ts'

/** An address that is about to be promised to a client who never had it. */
export interface Candidate {
  readonly address: number
  /** Of the client, as aa:bb:…: an answer from there is no conflict. */
  readonly mac: string
  readonly subnet: SubnetLeases
  readonly arrival: Arrival
  readonly giaddr: number
  /** What the client says that it has already. */
  readonly ciaddr: number
}

export type CheckResult =
  | { readonly kind: 'clear' }
  /** The answer is waited for. */
  | { readonly kind: 'wait' }
  /** In use by this hardware address; empty = only the address is known. */
  | { readonly kind: 'taken'; readonly by: string }

/** Tells whether an address can be promised; never waits itself. */
export interface AddressCheck {
  check(candidate: Candidate, nowMs: number): CheckResult
}

/** A check that asks by one way; `own` are our addresses, which are nobody's to ask about. */
export function checkBy(desk: ConflictDesk, ask: AskNetwork, own: ReadonlySet<number>): AddressCheck {
  return {
    check: ({ address, mac, subnet }) =>
      desk.check(address, mac, ask, (nowMs) => {
        const line = subnet.lineOf(address)
        return line === null ? null : { line, mayCome: (one) => subnet.mayCome(one, own, nowMs) }
      }),
  }
}
