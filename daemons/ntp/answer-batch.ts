import type { DatagramBatch } from '../linux/datagram-batch.ts'
import type { Protection } from './auth/protection.ts'
import { HEADER_BYTES } from './header.ts'
import type { ReplyMode } from './interleaved/interleaver.ts'
import type { Outcome, Tally } from './outcome.ts'
import { stampTransmit } from './reply.ts'
import { isReply, respond, type TimeServer } from './respond.ts'
import type { ServedClock } from './served-clock.ts'

/** An answer later than this is refused by clients, so none is sent. @unit seconds */
const STALE = 4
/** Arrivals this far ahead of the clock mean that it was set back. @unit seconds */
const AHEAD = -1
/** Every eighth batch is timed, and moves what is believed by an eighth. */
const LEARN_MASK = 7
const LEARN_SHARE = 1 / 8
const SEND_MOST_NS = 20_000

/**
 * Answers one batch of datagrams in place. All replies are built first and stamped last, right before they are sent,
 * so the clock is read once for the batch and as late as possible; each stamp is moved on by the time that the replies before it take.
 */
export class BatchAnswerer {
  readonly #wall: Uint32Array
  readonly #outcomes: Outcome[]
  readonly #protections: (Protection | null)[]
  readonly #modes: ReplyMode[]
  /** Slots whose reply waits for the last reading of the clock. */
  readonly #unstamped: Uint8Array
  /** How many replies of the batch leave before that of the slot. */
  readonly #places: Uint16Array
  readonly #readWall: (into: Uint32Array) => void
  #kernelSeconds = 0
  #kernelNanoseconds = 0
  /** How long the kernel takes to send one reply of a batch. */
  #sendNs = 0
  #batches = 0
  #queued = 0
  /** The served time. */
  #seconds = 0
  #nanoseconds = 0

  /** @param readWall reads the wall clock: [0] low and [1] high half of the seconds since 1970, [2] nanoseconds */
  constructor(slots: number, readWall: (into: Uint32Array) => void) {
    this.#wall = new Uint32Array(64)
    this.#outcomes = new Array<Outcome>(slots).fill('length')
    this.#protections = new Array<Protection | null>(slots).fill(null)
    this.#modes = new Array<ReplyMode>(slots).fill('basic')
    this.#unstamped = new Uint8Array(slots)
    this.#places = new Uint16Array(slots)
    this.#readWall = readWall
  }

  /**
   * @param count filled slots of `batch`
   * @param now monotonic milliseconds
   * @param tally gets one count for each datagram
   */
  answer(server: TimeServer, batch: DatagramBatch, count: number, now: number, tally: Tally): void {
    const { clock, authenticator, interleaver } = server
    clock.correctTo(now, batch.seconds(0) + batch.nanoseconds(0) / 1e9)
    for (let slot = 0; slot < count; slot++) {
      this.#outcomes[slot] = respondTo(server, batch, slot, now)
      this.#protections[slot] = authenticator.take()
      this.#modes[slot] = interleaver.take()
    }
    this.#readTime(clock)
    this.#queued = 0
    for (let slot = 0; slot < count; slot++) this.#queue(server, batch, slot, tally)
    // All else is done, also the signing of replies, which takes time: between these stamps and the sending lies nothing.
    this.stamp(server, batch, count)
  }

  /**
   * Stamps the plain replies of the batch that was answered last with the time of now; may be repeated until they are sent.
   *
   * @param count as it was told to `answer`
   */
  stamp(server: TimeServer, batch: DatagramBatch, count: number): void {
    this.#readTime(server.clock)
    for (let slot = 0; slot < count; slot++)
      if (this.#unstamped[slot] === 1) this.#stamp(server, batch, slot, (this.#places[slot] ?? 0) * this.#sendNs)
  }

  /**
   * Hears that the replies of the last batch are sent, and learns from some batches how long one takes: each waits for those before it.
   *
   * @param sent how many the kernel took
   */
  sent(sent: number): void {
    this.#batches += 1
    if (sent < 2 || (this.#batches & LEARN_MASK) !== 0) return
    const seconds = this.#kernelSeconds
    const nanoseconds = this.#kernelNanoseconds
    this.#readWall(this.#wall)
    const took =
      ((this.#wall[0] ?? 0) + (this.#wall[1] ?? 0) * 2 ** 32 - seconds) * 1e9 + (this.#wall[2] ?? 0) - nanoseconds
    // Longer than that, and the machine did something else meanwhile.
    if (took >= 0 && took < sent * SEND_MOST_NS) this.#sendNs += (took / sent - this.#sendNs) * LEARN_SHARE
  }

  #stamp(server: TimeServer, batch: DatagramBatch, slot: number, waitNs: number): void {
    const nanoseconds = this.#nanoseconds + waitNs
    const over = nanoseconds >= 1e9
    const seconds = over ? this.#seconds + 1 : this.#seconds
    stampTransmit(server, batch.bytes, slot * batch.slotBytes, seconds, over ? nanoseconds - 1e9 : nanoseconds)
  }

  #readTime(clock: ServedClock): void {
    this.#readWall(this.#wall)
    this.#kernelSeconds = (this.#wall[0] ?? 0) + (this.#wall[1] ?? 0) * 2 ** 32
    this.#kernelNanoseconds = this.#wall[2] ?? 0
    this.#seconds = this.#kernelSeconds + clock.correctionSeconds
    this.#nanoseconds = (this.#wall[2] ?? 0) + clock.correctionNanoseconds
    if (this.#nanoseconds < 1e9) return
    this.#nanoseconds -= 1e9
    this.#seconds += 1
  }

  /** Queues one reply, complete but for the time of a plain one, and counts the outcome. */
  #queue(server: TimeServer, batch: DatagramBatch, slot: number, tally: Tally): void {
    this.#unstamped[slot] = 0
    let outcome = this.#outcomes[slot] ?? 'length'
    if (isReply(outcome)) {
      const age = this.#kernelSeconds - batch.seconds(slot)
      if (age > STALE || age < AHEAD) outcome = 'stale'
      else {
        const mode = this.#modes[slot] ?? 'basic'
        const protection = this.#protections[slot] ?? null
        if (mode === 'interleaved') tally.answered_interleaved += 1
        else if (protection === null) this.#unstamped[slot] = 1
        const length = protection === null ? HEADER_BYTES : this.#seal(server, batch, slot, protection)
        batch.reply(slot, length, mode !== 'basic')
        this.#places[slot] = this.#queued++
        if (protection !== null && outcome === 'answered') tally[`answered_${protection.kind}`] += 1
      }
    }
    tally[outcome] += 1
  }

  /** Stamps a reply and signs it; gives its length. */
  #seal(server: TimeServer, batch: DatagramBatch, slot: number, protection: Protection): number {
    const at = slot * batch.slotBytes
    if (this.#modes[slot] !== 'interleaved') {
      this.#readTime(server.clock)
      stampTransmit(server, batch.bytes, at, this.#seconds, this.#nanoseconds)
    }
    return protection.seal(batch.bytes, at, batch.length(slot))
  }
}

function respondTo(server: TimeServer, batch: DatagramBatch, slot: number, now: number): Outcome {
  const peerLength = batch.peerLength(slot)
  if (peerLength === 0 || batch.wireLength(slot) > batch.slotBytes) return 'length'
  if (batch.sentToMany(slot)) return 'broadcast'
  let seconds = batch.seconds(slot) + server.clock.correctionSeconds
  let nanoseconds = batch.nanoseconds(slot) + server.clock.correctionNanoseconds
  if (nanoseconds >= 1e9) {
    nanoseconds -= 1e9
    seconds += 1
  }
  return respond(
    server,
    batch.bytes,
    slot * batch.slotBytes,
    batch.length(slot),
    batch.peers,
    batch.peerOffset(slot),
    peerLength,
    batch.peerPort(slot),
    seconds,
    nanoseconds,
    now,
  )
}
