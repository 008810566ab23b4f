import { readUint32, writeUint32 } from '../../wire/octets.ts'
import * as header from '../header.ts'
import type { ServedClock } from '../served-clock.ts'
import { ntpFraction, ntpSeconds } from '../timestamp.ts'
import type { DepartureMemory } from './departure-memory.ts'

/**
 * What a request wants: the time of the reply itself; that, and to have its departure remembered, since it may ask for it next;
 * the departure of the reply before, which is known.
 */
export type ReplyMode = 'basic' | 'remembered' | 'interleaved'

/**
 * Serves the interleaved mode: a reply carries the time at which the kernel sent the reply before, which is more exact than
 * any that can be written into a packet before it leaves.
 *
 * Our receive timestamps are odd and our transmit timestamps even, so that a request of this mode is known by its origin
 * timestamp alone, and nothing is kept for anybody else.
 *
 * @rfc 9769 section 2
 */
export class Interleaver {
  readonly #memory: DepartureMemory
  #mode: ReplyMode = 'basic'
  #originSeconds = 0
  #originFraction = 0

  constructor(memory: DepartureMemory) {
    this.#memory = memory
  }

  /** The mode of the reply that was begun last. */
  get mode(): ReplyMode {
    return this.#mode
  }

  /** The same, once. */
  take(): ReplyMode {
    const mode = this.#mode
    if (mode !== 'basic') this.#mode = 'basic'
    return mode
  }

  /**
   * Looks at a request before it becomes its reply.
   *
   * @param bytes holds it from `offset`
   */
  consider(bytes: Uint8Array, offset: number): void {
    const first = bytes[offset] ?? 0
    if (((bytes[offset + header.ORIGIN_TIMESTAMP + 7] ?? 0) & 1) === 0 || (first & 0x3f) !== CLIENT_4) return
    const receiveSeconds = readUint32(bytes, offset + header.RECEIVE_TIMESTAMP)
    const receiveFraction = readUint32(bytes, offset + header.RECEIVE_TIMESTAMP + 4)
    const isBasic =
      receiveSeconds === readUint32(bytes, offset + header.TRANSMIT_TIMESTAMP) &&
      receiveFraction === readUint32(bytes, offset + header.TRANSMIT_TIMESTAMP + 4)
    if (isBasic) return
    this.#originSeconds = receiveSeconds
    this.#originFraction = receiveFraction
    const origin = offset + header.ORIGIN_TIMESTAMP
    const known = this.#memory.find(readUint32(bytes, origin), readUint32(bytes, origin + 4))
    this.#mode = known ? 'interleaved' : 'remembered'
  }

  /** Completes the reply, which is written but for its transmit timestamp: that is left to do unless it is interleaved. */
  complete(bytes: Uint8Array, offset: number): void {
    if (this.#mode === 'basic') return
    const receive = offset + header.RECEIVE_TIMESTAMP
    this.#memory.expect(readUint32(bytes, receive), readUint32(bytes, receive + 4))
    if (this.#mode !== 'interleaved') return
    writeUint32(bytes, offset + header.ORIGIN_TIMESTAMP, this.#originSeconds)
    writeUint32(bytes, offset + header.ORIGIN_TIMESTAMP + 4, this.#originFraction)
    writeUint32(bytes, offset + header.TRANSMIT_TIMESTAMP, this.#memory.seconds)
    writeUint32(bytes, offset + header.TRANSMIT_TIMESTAMP + 4, this.#memory.fraction)
  }

  /**
   * Hears when a reply left.
   *
   * @param bytes ends at `offset + length` with the reply; before it are the headers of the network
   * @unit seconds since 1970 and nanoseconds, by the kernel's clock
   */
  left(
    clock: ServedClock,
    bytes: Uint8Array,
    offset: number,
    length: number,
    seconds: number,
    nanoseconds: number,
  ): void {
    let served = seconds + clock.correctionSeconds
    let rest = nanoseconds + clock.correctionNanoseconds
    if (rest >= 1e9) {
      rest -= 1e9
      served += 1
    }
    const stampSeconds = ntpSeconds(served)
    const stampFraction = (ntpFraction(rest) & ~1) >>> 0
    // Most replies are the bare header; a MAC or extension fields make some longer.
    for (let size = header.HEADER_BYTES; size <= length; size += 4) {
      const receive = offset + length - size + header.RECEIVE_TIMESTAMP
      if (this.#memory.leave(readUint32(bytes, receive), readUint32(bytes, receive + 4), stampSeconds, stampFraction))
        return
    }
  }
}

/** Version 4, mode 3. */
const CLIENT_4 = (4 << 3) | header.MODE.client
