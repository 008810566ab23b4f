import type { Arrival } from '../decide/decision.ts'
import type { Door } from '../links/door.ts'
import type { CheckResult } from './address-check.ts'
import { AddressChecks, type Heard } from './address-checks.ts'
import { Demand } from './demand.ts'
import { type AddressLine, Lookahead } from './lookahead.ts'

/** A message that is decided about again when it is known who has the address. */
export interface Parked {
  readonly bytes: Uint8Array
  readonly arrival: Arrival
  readonly door: Door
}

/** Asks on the network who has an address. */
export type AskNetwork<Address = number> = (address: Address) => void

/** Where an address stands that is about to be promised, and which of those behind it may be. */
export interface Ahead<Address> {
  readonly line: AddressLine<Address>
  readonly mayCome: (address: Address) => boolean
}

/** What a desk stands on. */
export interface ConflictOptions<Waiting = Parked> {
  /** Longest that one offer waits for an answer. */
  readonly waitMs: number
  readonly nowMs: () => number
  /** Calls once after a time; the returned function takes that back. Absent: a timer of this process. */
  readonly arm?: (delayMs: number, call: () => void) => () => void
  /** Takes in messages whose wait is over. */
  readonly resume: (parked: readonly Waiting[]) => void
}

/** `too many`: from now on it is disbelieved; said once of each host, and of the first 16 that are. */
export type HeardNews = Heard | 'too many'

/** Hosts of which it is said that they are disbelieved. */
const TOLD_MAX = 16
/** Messages that wait at one time; beyond them nobody waits, and addresses are offered unasked. */
const PARKED_MAX = 1024

/**
 * Finds out whether addresses are in use before they are offered, while other clients are served. The wait is data: what
 * waits, what was asked, and one timer for the earliest end. The addresses that come next are asked about ahead of their
 * turn, as many as the demand takes, so that in a rush only the first clients wait.
 */
export class ConflictDesk<Address extends number | bigint = number, Waiting = Parked> {
  readonly #options: ConflictOptions<Waiting>
  #waitMs: number
  #checks: AddressChecks<Address>
  /** By client, the newest message of each, with the address that it waits for. */
  readonly #parked = new Map<string, { readonly address: Address; readonly parked: Waiting }>()
  /** How to ask once more. */
  readonly #questions = new Map<Address, AskNetwork<Address>>()
  #disarm: (() => void) | null = null
  /** The clients that may wait for an address. */
  readonly #waiting = new Map<Address, string[]>()
  #lookaheads = new WeakMap<AddressLine<Address>, Lookahead<Address>>()
  #demand: Demand
  readonly #disbelieved = new Set<string>()
  /** Addresses that were offered unasked since too many were asked about. */
  unasked = 0

  constructor(options: ConflictOptions<Waiting>) {
    this.#options = options
    this.#waitMs = options.waitMs
    this.#checks = new AddressChecks<Address>(options.waitMs)
    this.#demand = new Demand(options.waitMs)
  }

  /** Begins anew with another wait; messages that wait are not answered, and their clients ask again. */
  restart(waitMs: number): void {
    this.close()
    this.#waitMs = waitMs
    this.#checks = new AddressChecks<Address>(waitMs)
    this.#demand = new Demand(waitMs)
    this.#lookaheads = new WeakMap()
  }

  /** Keeps a message until its address is known about. @returns whether one of the same client before it was dropped */
  park(client: string, address: Address, parked: Waiting): boolean {
    const before = this.#parked.has(client)
    this.#parked.set(client, { address, parked })
    this.#waiting.set(address, [...(this.#waiting.get(address) ?? []).filter((one) => one !== client), client])
    return before
  }

  /** Takes in that a hardware address uses an address; see `AddressChecks`. */
  heard(address: Address, by: string): HeardNews {
    const heard = this.#checks.heard(address, by, this.#options.nowMs())
    if (heard === 'answer') this.#settle([address])
    if (heard !== 'disbelieved' || this.#disbelieved.has(by) || this.#disbelieved.size >= TOLD_MAX) return heard
    this.#disbelieved.add(by)
    return 'too many'
  }

  /** Forgets all; what waits is not answered. */
  close(): void {
    this.#disarm?.()
    this.#disarm = null
    this.#parked.clear()
    this.#waiting.clear()
    this.#questions.clear()
  }

  /**
   * Looks whether an address can be promised, and has it asked about where that is not known.
   *
   * @param mac of the client: an answer from there is no conflict; empty = it is not known
   * @param aheadOf addresses that are asked about ahead of their turn; null = none
   */
  check(
    address: Address,
    mac: string,
    ask: AskNetwork<Address>,
    aheadOf: (nowMs: number) => Ahead<Address> | null,
  ): CheckResult {
    const nowMs = this.#options.nowMs()
    const verdict = this.#checks.look(address, nowMs)
    if (verdict.kind === 'taken') return mac !== '' && verdict.by === mac ? { kind: 'clear' } : verdict
    const mustWait = verdict.kind !== 'clear'
    if (mustWait && this.#parked.size >= PARKED_MAX) return this.#letPass()
    if (verdict.kind === 'unknown' && !this.#ask(address, ask, nowMs)) return this.#letPass()
    const most = this.#demand.take(nowMs)
    const ahead = aheadOf(nowMs)
    if (ahead !== null) {
      const lookahead = this.#lookaheadOn(ahead.line)
      lookahead.promise(address, verdict.kind !== 'unknown', nowMs)
      for (const next of lookahead.goOn(most, (one) => one !== address && ahead.mayCome(one)))
        if (this.#checks.look(next, nowMs).kind === 'unknown' && !this.#ask(next, ask, nowMs)) break
    }
    this.#rearm()
    return mustWait ? { kind: 'wait' } : { kind: 'clear' }
  }

  #letPass(): CheckResult {
    this.unasked += 1
    return { kind: 'clear' }
  }

  #ask(address: Address, ask: AskNetwork<Address>, nowMs: number): boolean {
    if (!this.#checks.ask(address, nowMs)) return false
    this.#questions.set(address, ask)
    ask(address)
    return true
  }

  #lookaheadOn(line: AddressLine<Address>): Lookahead<Address> {
    const known = this.#lookaheads.get(line)
    if (known !== undefined) return known
    const fresh = new Lookahead<Address>(line, this.#waitMs)
    this.#lookaheads.set(line, fresh)
    return fresh
  }

  #wake(): void {
    this.#disarm = null
    const { again, over } = this.#checks.pass(this.#options.nowMs())
    for (const address of again) this.#questions.get(address)?.(address)
    this.#settle(over)
    this.#rearm()
  }

  /** Takes in again who waits for addresses that are known about now. */
  #settle(addresses: readonly Address[]): void {
    const ready: Waiting[] = []
    for (const address of addresses) {
      this.#questions.delete(address)
      for (const client of this.#waiting.get(address) ?? []) {
        const waits = this.#parked.get(client)
        if (waits?.address !== address) continue
        this.#parked.delete(client)
        ready.push(waits.parked)
      }
      this.#waiting.delete(address)
    }
    if (ready.length > 0) this.#options.resume(ready)
  }

  /** What is asked later ends later: a timer that is set is early enough. */
  #rearm(): void {
    if (this.#disarm !== null) return
    const next = this.#checks.nextMs()
    const { arm = armTimer, nowMs } = this.#options
    this.#disarm = next === null ? null : arm(Math.max(0, next - nowMs()), () => this.#wake())
  }
}

function armTimer(delayMs: number, call: () => void): () => void {
  const timer = setTimeout(call, delayMs)
  return () => clearTimeout(timer)
}
