import type { Arrival } from '../decide/decision.ts'
import type { Door } from '../links/door.ts'
import type { AddressCheck, Candidate, CheckResult } from './address-check.ts'
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
export type AskNetwork = (address: number) => void

/** What a desk stands on. */
export interface ConflictOptions {
  /** Longest that one offer waits for an answer. */
  readonly waitMs: number
  readonly nowMs: () => number
  /** Calls once after a time; the returned function takes that back. */
  readonly arm: (delayMs: number, call: () => void) => () => void
  /** Takes in messages whose wait is over. */
  readonly resume: (parked: readonly Parked[]) => void
}

/** Messages that wait at one time; beyond them nobody waits, and addresses are offered unasked. */
const PARKED_MAX = 1024

/**
 * Finds out whether addresses are in use before they are offered, while other clients are served. The wait is data: what
 * waits, what was asked, and one timer for the earliest end. The addresses that come next are asked about ahead of their
 * turn, as many as the demand takes, so that in a rush only the first clients wait.
 */
export class ConflictDesk {
  readonly #options: ConflictOptions
  readonly #checks: AddressChecks
  /** By client, the newest message of each, with the address that it waits for. */
  readonly #parked = new Map<string, { readonly address: number; readonly parked: Parked }>()
  /** How to ask once more. */
  readonly #questions = new Map<number, AskNetwork>()
  #disarm: (() => void) | null = null
  /** The clients that may wait for an address. */
  readonly #waiting = new Map<number, string[]>()
  readonly #lookaheads = new WeakMap<AddressLine, Lookahead>()
  readonly #demand: Demand
  /** Addresses that were offered unasked since too many were asked about. */
  unasked = 0

  constructor(options: ConflictOptions) {
    this.#options = options
    this.#checks = new AddressChecks(options.waitMs)
    this.#demand = new Demand(options.waitMs)
  }

  /** A check that asks by this way; `own` are our addresses, which are nobody's to ask about. */
  by(ask: AskNetwork, own: ReadonlySet<number>): AddressCheck {
    return { check: (candidate) => this.#check(candidate, ask, own) }
  }

  /** Keeps a message until its address is known about. @returns whether one of the same client before it was dropped */
  park(client: string, address: number, parked: Parked): boolean {
    const before = this.#parked.has(client)
    this.#parked.set(client, { address, parked })
    this.#waiting.set(address, [...(this.#waiting.get(address) ?? []).filter((one) => one !== client), client])
    return before
  }

  /** Takes in that a hardware address uses an address; see `AddressChecks`. */
  heard(address: number, by: string): Heard {
    const heard = this.#checks.heard(address, by, this.#options.nowMs())
    if (heard === 'answer') this.#settle([address])
    return heard
  }

  /** Forgets all; what waits is not answered. */
  close(): void {
    this.#disarm?.()
    this.#disarm = null
    this.#parked.clear()
    this.#waiting.clear()
    this.#questions.clear()
  }

  #check({ address, mac, subnet }: Candidate, ask: AskNetwork, own: ReadonlySet<number>): CheckResult {
    const nowMs = this.#options.nowMs()
    const verdict = this.#checks.look(address, nowMs)
    if (verdict.kind === 'taken') return verdict.by === mac ? { kind: 'clear' } : verdict
    const mustWait = verdict.kind !== 'clear'
    if (mustWait && this.#parked.size >= PARKED_MAX) return this.#letPass()
    if (verdict.kind === 'unknown' && !this.#ask(address, ask, nowMs)) return this.#letPass()
    const most = this.#demand.take(nowMs)
    const line = subnet.lineOf(address)
    if (line !== null) {
      const lookahead = this.#lookaheadOn(line)
      lookahead.promise(address, verdict.kind !== 'unknown', nowMs)
      for (const next of lookahead.goOn(most, (one) => one !== address && subnet.mayCome(one, own, nowMs)))
        if (this.#checks.look(next, nowMs).kind === 'unknown' && !this.#ask(next, ask, nowMs)) break
    }
    this.#rearm()
    return mustWait ? { kind: 'wait' } : { kind: 'clear' }
  }

  #letPass(): CheckResult {
    this.unasked += 1
    return { kind: 'clear' }
  }

  #ask(address: number, ask: AskNetwork, nowMs: number): boolean {
    if (!this.#checks.ask(address, nowMs)) return false
    this.#questions.set(address, ask)
    ask(address)
    return true
  }

  #lookaheadOn(line: AddressLine): Lookahead {
    const known = this.#lookaheads.get(line)
    if (known !== undefined) return known
    const fresh = new Lookahead(line, this.#options.waitMs)
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
  #settle(addresses: readonly number[]): void {
    const ready: Parked[] = []
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
    const { arm, nowMs } = this.#options
    this.#disarm = next === null ? null : arm(Math.max(0, next - nowMs()), () => this.#wake())
  }
}
