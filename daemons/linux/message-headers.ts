import { CONTROL_BYTES } from './control-messages.ts'
import { type Pinned, type TakePinned, takeOwn } from './pinned.ts'
import { SOCKADDR_BYTES } from './sockaddr.ts'

/*
 *  struct mmsghdr, 64 bytes, in 32-bit words:
 *   0-1 msg_name   2 msg_namelen   4-5 msg_iov   6-7 msg_iovlen   8-9 msg_control   10-11 msg_controllen   12 msg_flags   14 msg_len
 *  struct iovec, 16 bytes: 0-1 iov_base   2-3 iov_len
 */
const HEADER_WORDS = 16
const IOVEC_WORDS = 4

/** Bytes of one header, for arithmetic on addresses. */
export const HEADER_BYTES = HEADER_WORDS * 4

/** The memory that each header points into: one payload, peer address and control area per slot. */
export interface SlotMemory {
  readonly payload: Pinned
  readonly peers: Pinned
  readonly control: Pinned
  readonly slotBytes: number
}

/** An array of `struct mmsghdr` with their `struct iovec`, header `i` pointing at slot `i` until `point` says otherwise. */
export class MessageHeaders {
  readonly #headers: Pinned
  readonly #iovecs: Pinned
  readonly #words: Uint32Array
  readonly #iovecWords: Uint32Array
  /** Low and high word of each slot's payload, peer address and control memory. */
  readonly #pointers: Uint32Array

  constructor(slots: number, memory: SlotMemory, take: TakePinned = takeOwn) {
    this.#headers = take(slots * HEADER_BYTES)
    this.#iovecs = take(slots * IOVEC_WORDS * 4)
    this.#words = this.#headers.words()
    this.#iovecWords = this.#iovecs.words()
    this.#pointers = new Uint32Array(slots * 6)
    // User space ends below 2^48 where we run, and so within what a number holds exactly; a daemon takes over in milliseconds,
    // and big integers took one of them for each socket.
    const payload = Number(memory.payload.address)
    const peers = Number(memory.peers.address)
    const control = Number(memory.control.address)
    const iovecs = Number(this.#iovecs.address)
    for (let slot = 0; slot < slots; slot++) {
      writePointer(this.#pointers, slot * 6, payload + slot * memory.slotBytes)
      writePointer(this.#pointers, slot * 6 + 2, peers + slot * SOCKADDR_BYTES)
      writePointer(this.#pointers, slot * 6 + 4, control + slot * CONTROL_BYTES)
      writePointer(this.#words, slot * HEADER_WORDS + 4, iovecs + slot * IOVEC_WORDS * 4)
      this.#words[slot * HEADER_WORDS + 6] = 1
      this.point(slot, slot, memory.slotBytes, SOCKADDR_BYTES, CONTROL_BYTES)
    }
  }

  get address(): bigint {
    return this.#headers.address
  }

  /** Makes header `index` speak of slot `slot`. */
  point(index: number, slot: number, payloadBytes: number, nameBytes: number, controlBytes: number): void {
    const words = this.#words
    const pointers = this.#pointers
    const header = index * HEADER_WORDS
    const iovec = index * IOVEC_WORDS
    const from = slot * 6
    words[header] = pointers[from + 2] ?? 0
    words[header + 1] = pointers[from + 3] ?? 0
    words[header + 2] = nameBytes
    words[header + 8] = pointers[from + 4] ?? 0
    words[header + 9] = pointers[from + 5] ?? 0
    words[header + 10] = controlBytes
    this.#iovecWords[iovec] = pointers[from] ?? 0
    this.#iovecWords[iovec + 1] = pointers[from + 1] ?? 0
    this.#iovecWords[iovec + 2] = payloadBytes
  }

  /** Gives the first `count` headers their full room again: the kernel wrote over the lengths. */
  rearm(count: number): void {
    for (let index = 0; index < count; index++) {
      this.#words[index * HEADER_WORDS + 2] = SOCKADDR_BYTES
      this.#words[index * HEADER_WORDS + 10] = CONTROL_BYTES
    }
  }

  nameLength(index: number): number {
    return this.#words[index * HEADER_WORDS + 2] ?? 0
  }

  controlLength(index: number): number {
    return this.#words[index * HEADER_WORDS + 10] ?? 0
  }

  /** msg_len: bytes of the datagram on the wire. */
  messageLength(index: number): number {
    return this.#words[index * HEADER_WORDS + 14] ?? 0
  }

  free(): void {
    this.#headers.free()
    this.#iovecs.free()
  }
}

function writePointer(words: Uint32Array, at: number, address: number): void {
  words[at] = address % 2 ** 32
  words[at + 1] = Math.floor(address / 2 ** 32)
}
