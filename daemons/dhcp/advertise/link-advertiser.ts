import { SystemError } from '../../linux/system-error.ts'
import { formatAddress } from '../../wire/address.ts'
import { formatHex } from '../message/hex.ts'
import { encodeAdvertisement } from './encode-advertisement.ts'
import type { RouterAdvertisement } from './router-advertisement.ts'
import { isLinkLocal } from './router-solicitation.ts'
import {
  answered,
  beginSchedule,
  dueNow,
  nextMs,
  type Random,
  refused,
  type Schedule,
  solicit,
  toldAll,
} from './schedule.ts'

/** Sends one message on the link. @throws SystemError */
export type SendNeighbour = (message: Uint8Array, to: string, from: string) => void

/** What a link is told, by whom, and how often. */
export interface Telling {
  readonly told: RouterAdvertisement
  /** Our link-local address, 16 octets. */
  readonly source: Uint8Array
  readonly everySeconds: number
}

const ALL_NODES = 'ff02::1'
const PATIENCE_MS = 5000

/** Tells the hosts of one link what its router advertisements are to say. */
export class LinkAdvertiser {
  readonly #send: SendNeighbour
  readonly #random: Random
  #telling: Telling | null = null
  #key = ''
  #schedule: Schedule | null = null
  #failing: { readonly sinceMs: number; readonly why: string } | null = null
  /** Messages. */
  readonly counts = { sent: 0, failed: 0 }

  constructor(send: SendNeighbour, random: Random) {
    this.#send = send
    this.#random = random
  }

  /** What the link is told now. */
  get telling(): Telling | null {
    return this.#telling
  }

  /**
   * Takes in what is to be told from now on; null = nothing, or the link is not there. What is new is told several times at
   * short intervals.
   */
  tell(telling: Telling | null, nowMs: number): void {
    const key = telling === null ? '' : keyOf(telling)
    if (key !== this.#key) {
      if (telling === null) this.resign()
      this.#schedule = telling === null ? null : beginSchedule(nowMs, this.#schedule)
      this.#failing = null
    }
    this.#key = key
    this.#telling = telling
  }

  /** Takes in that a host asks. @param source 16 octets, zeros for a host without an address */
  solicited(source: Uint8Array, nowMs: number): void {
    if (this.#schedule === null) return
    const from = isLinkLocal(source) ? formatAddress(source, 16) : null
    this.#schedule = solicit(this.#schedule, from, nowMs, this.#random)
  }

  /** Sends what is due. */
  advance(nowMs: number): void {
    const { telling, schedule } = { telling: this.#telling, schedule: this.#schedule }
    if (telling === null || schedule === null) return
    const due = dueNow(schedule, nowMs)
    if (due.length === 0) return
    const why = this.#sendTo(due === 'all' ? [ALL_NODES] : due, telling)
    this.#failing = why === null ? null : { sinceMs: this.#failing?.sinceMs ?? nowMs, why }
    if (why !== null) this.#schedule = refused(schedule, nowMs)
    else if (due === 'all') this.#schedule = toldAll(schedule, nowMs, this.#random, telling.everySeconds)
    else this.#schedule = answered(schedule, due)
  }

  /** When `advance` has something to do next. */
  nextMs(): number {
    return this.#schedule === null ? Number.POSITIVE_INFINITY : nextMs(this.#schedule)
  }

  /** Tells hosts to use us as a default router no more, where they do. @rfc 4861 section 6.2.5 */
  resign(): void {
    const telling = this.#telling
    if (telling === null || telling.told.routerLifetimeSeconds === 0) return
    const told = { ...telling.told, routerLifetimeSeconds: 0, preference: 'medium' } as const
    this.#sendTo([ALL_NODES], { ...telling, told })
  }

  /** Why nothing can be sent, for some time already. */
  fault(nowMs: number): string | null {
    return this.#failing !== null && nowMs - this.#failing.sinceMs >= PATIENCE_MS ? this.#failing.why : null
  }

  /** @returns why it cannot, in words, or null */
  #sendTo(hosts: readonly string[], { told, source }: Telling): string | null {
    const from = formatAddress(source, 16)
    try {
      for (const message of encodeAdvertisement(told))
        for (const to of hosts) {
          this.#send(message, to, from)
          this.counts.sent += 1
        }
      return null
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
      this.counts.failed += 1
      return error.message
    }
  }
}

/** What is told without the lifetimes that run down. */
function keyOf({ told, source, everySeconds }: Telling): string {
  const prefixes = told.prefixes.map((one) => (one.preferredSeconds === 0 ? { ...one, validSeconds: 0 } : one))
  const messages = encodeAdvertisement({ ...told, prefixes }).map((message) => formatHex(message))
  return [formatHex(source), everySeconds, ...messages].join()
}
