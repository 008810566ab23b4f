import type { Logger } from 'pino'
import type { Clock } from '../../runtime/contract.ts'
import { ConflictDesk } from '../conflict/conflict-desk.ts'
import type { Neighbour } from '../conflict/neighbour-messages.ts'
import type { DecisionHistory } from '../decide/decision-history.ts'
import type { DhcpSection } from '../section.ts'
import { formatIpv6 } from './address.ts'
import type { Asked } from './binding-desk.ts'
import type { Decision6 } from './decision.ts'
import type { Door6 } from './door.ts'
import { freshAddresses } from './fresh-addresses.ts'

/** A message that is decided about again when it is known who has the address. */
export interface Parked6 {
  readonly asked: Asked
  readonly door: Door6
}

/** Asks the hosts of attached links. */
export interface NeighbourAsker {
  /** Whether hosts of the link can be asked and heard. */
  canAsk(device: string): boolean
  ask(device: string, address: bigint): void
}

/** Whether what a decision promises can be promised. */
export type Finding6 =
  | { readonly kind: 'clear' }
  | { readonly kind: 'wait'; readonly address: bigint }
  /** By which hardware address; empty = it does not tell. */
  | { readonly kind: 'taken'; readonly address: bigint; readonly by: string }

type GuardSection = Pick<DhcpSection, 'conflictCheck' | 'conflictWaitMs'>

/** What a guard stands on. */
export interface NeighbourGuardOptions {
  readonly asker: NeighbourAsker
  readonly section: GuardSection
  readonly history: DecisionHistory
  readonly clock: Clock
  readonly log: Logger
  /** Takes in messages whose wait is over. */
  readonly resume: (parked: readonly Parked6[]) => void
}

/**
 * Has the hosts of attached links asked whether they use an address before it is offered to a client that never had it. A
 * client that looks for servers waits a second for the offers of all (RFC 8415 section 18.2.1): it loses no time by it.
 */
export class NeighbourGuard {
  readonly #options: NeighbourGuardOptions
  readonly #conflicts: ConflictDesk<bigint, Parked6>
  #section: GuardSection

  constructor(options: NeighbourGuardOptions) {
    const { section, clock, resume } = options
    this.#options = options
    this.#section = section
    this.#conflicts = new ConflictDesk({
      ...{ waitMs: section.conflictWaitMs, resume },
      nowMs: () => clock.monotonicMs(),
    })
  }

  /** Looks whether a decision can be answered. */
  check({ device }: Door6, asked: Asked, decision: Decision6): Finding6 {
    const { asker } = this.#options
    if (device === null || asked.relays.length > 0 || this.#section.conflictCheck === 'off' || !asker.canAsk(device))
      return { kind: 'clear' }
    const ask = (address: bigint): void => asker.ask(device, address)
    const found = freshAddresses(asked, decision).map(
      (address) => [address, this.#conflicts.check(address, asked.mac, ask, () => null)] as const,
    )
    for (const [address, result] of found) if (result.kind === 'taken') return { kind: 'taken', address, by: result.by }
    const waits = found.find(([, { kind }]) => kind === 'wait')
    return waits === undefined ? { kind: 'clear' } : { kind: 'wait', address: waits[0] }
  }

  /** Keeps a message until its address is known about. @returns whether one of the same client before it was dropped */
  park(address: bigint, parked: Parked6): boolean {
    return this.#conflicts.park(parked.asked.duid, address, parked)
  }

  /** Takes in that a host has an address. */
  heard({ address, mac }: Neighbour, device: string): void {
    const { history, clock, log } = this.#options
    const heard = this.#conflicts.heard(address, mac)
    if (heard === 'answer')
      history.add({
        ...{ atMs: clock.wallMs(), mac, clientId: null, type: 'ND', outcome: 'in_use', relay: 0 },
        ...{ reason: 'it answered when it was asked who has the address', address: formatIpv6(address) },
      })
    if (heard === 'too many')
      log.warn({ mac, device }, 'answers for address after address: its answers are not believed any more')
  }

  counters(): Record<string, number> {
    return { v6_offered_unasked: this.#conflicts.unasked }
  }

  /** Goes by other settings; messages that wait are not answered, and their clients ask again. */
  reload(section: GuardSection): void {
    this.#section = section
    this.#conflicts.restart(section.conflictWaitMs)
  }

  close(): void {
    this.#conflicts.close()
  }
}
