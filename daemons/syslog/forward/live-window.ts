import type { ForwardSection } from '../section.ts'
import { FrameBytes } from './frame-bytes.ts'
import type { Passing } from './passing.ts'
import type { StoredRecord } from './stored-record.ts'

/** What came while the target had everything else. */
export interface LiveTaking {
  /** Framed as the target wants it; borrowed until the next is taken. */
  readonly framed: Buffer
  readonly count: number
  /** Messages that would have gone round in a circle. */
  readonly loops: number
  /** Number of the last message that is dealt with. */
  readonly through: number
}

/** How far it is: bytes and counts behind the messages up to, not with, the number `next`. */
interface Mark {
  readonly next: number
  readonly length: number
  readonly count: number
  readonly loops: number
}

/**
 * What a target that has everything gets next, made while the messages are still in memory: to read them back from the store costs
 * as much as to send them. The store stays the spool: what was not taken from here is read there, and whoever falls behind by
 * more than fits reads all of it there.
 */
export class LiveWindow {
  readonly #passing: Passing
  #front: FrameBytes
  #back: FrameBytes
  /** Number of the first message in it; null = closed. */
  #first: number | null = null
  #target: string | null = null
  /** Of what the store has, and of what it is about to get. */
  #stored: Mark = EMPTY
  #seen: Mark = EMPTY

  constructor(framing: ForwardSection['framing'], passing: Passing) {
    this.#passing = passing
    this.#front = new FrameBytes(framing)
    this.#back = new FrameBytes(framing)
  }

  get isOpen(): boolean {
    return this.#first !== null
  }

  /** The target has all messages before this one: what comes now is for it. @param target as `Passing` has it */
  open(seq: number, target: string | null): void {
    if (this.#first !== null && this.#stored.next === seq) return
    this.#first = seq
    this.#target = target
    this.#restart(seq)
  }

  close(): void {
    this.#first = null
    this.#restart(0)
  }

  /** Takes in the next message, which the store is about to get. */
  add(record: StoredRecord): void {
    if (this.#first === null) return
    const { next, count, loops } = this.#seen
    if (record.seq !== next) {
      this.close()
      return
    }
    const wanted = this.#passing.wants(record)
    const isLoop = wanted && this.#passing.isLoop(record, this.#target)
    if (wanted && !isLoop) this.#passing.frame(record, this.#front)
    this.#seen = {
      next: next + 1,
      length: this.#front.length,
      count: wanted && !isLoop ? count + 1 : count,
      loops: isLoop ? loops + 1 : loops,
    }
  }

  /** The store has what was added. */
  stored(): void {
    this.#stored = this.#seen
    if (this.#stored.length > MOST_BYTES) this.close()
  }

  /** The store did not take it; its numbers are given out anew. */
  refused(): void {
    this.#seen = this.#stored
    this.#front.cutTo(this.#stored.length)
  }

  /** Gives out all that is in it, when it begins with the message of this number. @returns null when it has nothing */
  take(seq: number): LiveTaking | null {
    if (this.#first === null) return null
    if (this.#first !== seq) {
      this.close()
      return null
    }
    const { next, count, loops } = this.#stored
    if (next === seq) return null
    const full = this.#front
    this.#front = this.#back
    this.#back = full
    this.#first = next
    this.#restart(next)
    return { framed: full.bytes, count, loops, through: next - 1 }
  }

  #restart(seq: number): void {
    this.#front.clear()
    this.#stored = { ...EMPTY, next: seq }
    this.#seen = this.#stored
  }
}

const EMPTY: Mark = { next: 0, length: 0, count: 0, loops: 0 }
/** A target that is slower by so much reads from the store. */
const MOST_BYTES = 1 << 20
