import type { DatagramBatch } from '../linux/datagram-batch.ts'
import { HEADER_BYTES } from './header.ts'
import type { Outcome, Tally } from './outcome.ts'
import { stampTransmit } from './reply.ts'
import { isReply, respond, type TimeServer } from './respond.ts'

/** An answer later than this is refused by clients, so none is sent. @unit seconds */
const STALE = 4
/** Arrivals this far ahead of the clock mean that it was set back. @unit seconds */
const AHEAD = -1

/**
 * Answers one batch of datagrams in place. All replies are built first and stamped last, right before they are sent,
 * so the clock is read once for the batch and as late as possible.
 */
export class BatchAnswerer {
  readonly #wall: Uint32Array
  readonly #outcomes: Outcome[]
  readonly #readWall: (into: Uint32Array) => void

  /** @param readWall reads the wall clock: [0] low and [1] high half of the seconds since 1970, [2] nanoseconds */
  constructor(slots: number, readWall: (into: Uint32Array) => void) {
    this.#wall = new Uint32Array(64)
    this.#outcomes = new Array<Outcome>(slots).fill('length')
    this.#readWall = readWall
  }

  /**
   * @param count filled slots of `batch`
   * @param now monotonic milliseconds
   * @param tally gets one count for each datagram
   */
  answer(server: TimeServer, batch: DatagramBatch, count: number, now: number, tally: Tally): void {
    const { clock } = server
    clock.correctTo(now)
    for (let slot = 0; slot < count; slot++) this.#outcomes[slot] = respondTo(server, batch, slot, now)
    this.#readWall(this.#wall)
    const kernelSeconds = (this.#wall[0] ?? 0) + (this.#wall[1] ?? 0) * 2 ** 32
    let seconds = kernelSeconds + clock.correctionSeconds
    let nanoseconds = (this.#wall[2] ?? 0) + clock.correctionNanoseconds
    if (nanoseconds >= 1e9) {
      nanoseconds -= 1e9
      seconds += 1
    }
    for (let slot = 0; slot < count; slot++) {
      let outcome = this.#outcomes[slot] ?? 'length'
      if (isReply(outcome)) {
        const age = kernelSeconds - batch.seconds(slot)
        if (age > STALE || age < AHEAD) outcome = 'stale'
        else {
          stampTransmit(server, batch.bytes, slot * batch.slotBytes, seconds, nanoseconds)
          batch.reply(slot, HEADER_BYTES)
        }
      }
      tally[outcome] += 1
    }
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
