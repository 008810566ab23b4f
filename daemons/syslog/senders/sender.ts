import type { SyslogMessage } from '../parse/message.ts'
import type { TimeInference } from '../parse/time-inference.ts'
import { rfc3339Ms } from '../parse/timestamp.ts'
import { ClockSkew } from './clock-skew.ts'
import { type Dialect, dialectOf, LearnedDialect } from './dialect.ts'
import { ownCopy } from './own-copy.ts'
import { SequenceCount } from './sequence-count.ts'
import { Silences } from './silences.ts'

/** What an administrator has said of a sender. */
export interface Pin {
  readonly dialect: Dialect | null
  /** Name of its time zone. */
  readonly timezone: string | null
  /** For its times without a zone; null = as for all. */
  readonly inference: TimeInference | null
}

/** Whose zone the times of a sender are in: its own, one that was pinned or fitted to the receipt, or merely ours. */
export type ZoneSource = 'own' | 'pinned' | 'fitted' | 'guessed'

/** What of a sender is kept over restarts. */
export interface KeptSender {
  readonly address: string
  readonly first_ms: number
  readonly last_ms: number
  readonly messages: number
  readonly hosts: readonly string[]
  readonly apps: readonly string[]
  readonly dialects: Readonly<Partial<Record<Dialect, number>>>
  readonly zone: ZoneSource | null
  readonly skews: readonly number[]
  readonly silences: readonly (readonly [number, number])[]
  readonly gaps: number
  readonly missing: number
  readonly last_gap_ms: number | null
}

/**
 * One sender and what is known of it. Its names and its dialect are read from the first hundred messages of each second and
 * then from each 64th, which stands for as many, so that a flood costs next to nothing here; its clock is read once a second.
 */
export class Sender {
  readonly address: string
  readonly sequences: SequenceCount
  /** The book has it; one that was evicted is looked up anew. */
  isListed = true
  pin: Pin | null = null
  messages: number
  /** Of the last message. @unit seconds since 1970 */
  #second: number
  /** Messages of that second. */
  #inSecond = 0
  readonly #firstMs: number
  readonly #hosts: Set<string>
  readonly #apps: Set<string>
  readonly #dialects: LearnedDialect
  readonly #skew: ClockSkew
  /** null until there was a silence: most of the addresses in a flood of forged ones come once. */
  #silences: Silences | null
  #zone: ZoneSource | null
  /** Messages by the beginning of each of the last minutes. */
  readonly #marks: { minute: number; messages: number }[] = []

  constructor(address: string, nowMs: number, kept?: KeptSender) {
    this.address = address
    this.messages = kept?.messages ?? 0
    this.#second = Math.floor((kept?.last_ms ?? 0) / 1000)
    this.#firstMs = kept?.first_ms ?? nowMs
    this.#hosts = new Set(kept?.hosts)
    this.#apps = new Set(kept?.apps)
    this.#dialects = new LearnedDialect(kept?.dialects)
    this.#skew = new ClockSkew(kept?.skews)
    this.#silences = kept === undefined ? null : new Silences(kept.silences)
    this.#zone = kept?.zone ?? null
    this.sequences = new SequenceCount(kept)
  }

  /** Notes a message. @returns whether it is the first of its second: the book may want to look, too */
  note(message: SyslogMessage, second: number): boolean {
    this.messages += 1
    if (message.structuredData !== null) this.sequences.take(message, second * 1000)
    const isFirst = second !== this.#second
    this.#inSecond = isFirst ? 1 : this.#inSecond + 1
    if (this.#inSecond <= LOOKED_AT) this.#lookAtForm(message, 1)
    else if (this.#inSecond % SAMPLED === 0) this.#lookAtForm(message, SAMPLED)
    if (isFirst) this.#look(message, second)
    return isFirst
  }

  get lastMs(): number {
    return this.#second * 1000
  }

  get firstMs(): number {
    return this.#firstMs
  }

  get hosts(): readonly string[] {
    return [...this.#hosts]
  }

  get apps(): readonly string[] {
    return [...this.#apps]
  }

  get dialect(): Dialect | null {
    return this.#dialects.most
  }

  /** All dialects that it was ever heard in. */
  get dialects(): readonly Dialect[] {
    return this.#dialects.heardOf
  }

  get zone(): ZoneSource | null {
    return this.#zone
  }

  /** Receive time minus own time, of messages whose zone is known. @unit seconds */
  get skewSeconds(): number | null {
    return this.#skew.median
  }

  /** Messages per second over the last five minutes at most. */
  rate(nowMs: number): number {
    const minute = Math.floor(nowMs / MINUTE_MS)
    const oldest = this.#marks.find((mark) => minute - mark.minute <= RATE_MINUTES)
    if (oldest === undefined) return 0
    const beganMs = Math.max(oldest.minute * MINUTE_MS, this.#firstMs)
    return (this.messages - oldest.messages) / Math.max(1, (nowMs - beganMs) / 1000)
  }

  /** How it stands with its silence. @unit seconds */
  silence(nowMs: number): { readonly seconds: number; readonly usual: number | null; readonly unusual: boolean } {
    const now = nowMs / 1000
    const seconds = Math.max(0, now - this.#second)
    const usual = this.#silences?.longestUsual(now) ?? null
    return { seconds, usual, unusual: this.#silences?.isUnusual(seconds, now) ?? false }
  }

  kept(): KeptSender {
    return {
      ...{ address: this.address, first_ms: this.#firstMs, last_ms: this.lastMs, messages: this.messages },
      ...{ hosts: this.hosts, apps: this.apps, dialects: this.#dialects.kept(), zone: this.#zone },
      ...{ skews: this.#skew.kept(), silences: this.#silences?.kept() ?? [], ...this.sequences.kept() },
    }
  }

  #look(message: SyslogMessage, second: number): void {
    if (this.#second > 0) {
      this.#silences ??= new Silences()
      this.#silences.ended(second - this.#second, second)
    }
    this.#second = second
    const minute = Math.floor(second / 60)
    if (this.#marks.at(-1)?.minute !== minute) {
      this.#marks.push({ minute, messages: this.messages - 1 })
      if (this.#marks.length > RATE_MINUTES + 1) this.#marks.shift()
    }
    this.#lookAtTime(message, second)
  }

  #lookAtForm(message: SyslogMessage, standsFor: number): void {
    remember(this.#hosts, message.host)
    remember(this.#apps, message.app)
    this.#dialects.heard(dialectOf(message), standsFor)
  }

  #lookAtTime({ time, flags }: SyslogMessage, second: number): void {
    if (time === null) return
    const guessed = flags.includes('zone-guessed')
    if (guessed) this.#zone = flags.includes('zone-fitted') ? 'fitted' : 'guessed'
    else this.#zone = this.pin?.inference != null && flags.includes('year-guessed') ? 'pinned' : 'own'
    if (guessed) return
    const ownMs = rfc3339Ms(time)
    // The fraction of the second is not known here: the middle of it errs least.
    if (ownMs !== null) this.#skew.add(ownMs, second * 1000 + 500)
  }
}

/** Keeps the newest few. */
function remember(names: Set<string>, name: string | null): void {
  if (name === null || names.has(name)) return
  if (names.size >= MOST_NAMES) for (const oldest of names) if (names.delete(oldest)) break
  names.add(ownCopy(name.slice(0, LONGEST_NAME)))
}

const LOOKED_AT = 100
const SAMPLED = 64
const MINUTE_MS = 60_000
const RATE_MINUTES = 5
const MOST_NAMES = 8
const LONGEST_NAME = 64
