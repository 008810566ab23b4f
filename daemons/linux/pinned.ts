import koffi from 'koffi'

/** Every live `Pinned`: the kernel and libuv hold bare addresses, which the collector does not see. */
const alive = new Set<Pinned>()

/** Smaller typed arrays may live inside the moving heap, where their address changes. */
const SMALLEST_OUTSIDE_HEAP = 128

/**
 * Zeroed memory at a fixed address that stays until `free()`, whoever still knows of it.
 * Allocate once and reuse: this is for what the kernel or libuv writes into, not for passing messages about.
 */
export class Pinned {
  readonly bytes: Buffer
  readonly address: bigint

  /** @param length bytes, at least 1 @param place memory of this length that is fixed already, as that of a `SharedArrayBuffer` is */
  constructor(length: number, place?: Buffer) {
    // A backing store of its own from offset 0, aligned for any structure. The kernel zeroes its pages when they are first
    // touched: a slab for the longest messages costs only what real ones fill (8 MiB filled by hand took 6 ms and stayed).
    this.bytes = place ?? Buffer.alloc(Math.max(length, SMALLEST_OUTSIDE_HEAP))
    this.address = koffi.address(this.bytes)
    alive.add(this)
  }

  /** Lets the collector have the memory; only after kernel and libuv have forgotten the address. */
  free(): void {
    alive.delete(this)
  }

  /** The whole memory as 32-bit words in machine order. */
  words(): Uint32Array {
    return new Uint32Array(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length >> 2)
  }
}

/** Gives pinned memory of so many bytes. */
export type TakePinned = (bytes: number) => Pinned

/** Each a memory of its own. */
export const takeOwn: TakePinned = (bytes) => new Pinned(bytes)

/** One after the other out of memory that threads share: who takes the same in the same order has the same. @throws RangeError when it is used up */
export function takeFrom(memory: SharedArrayBuffer): TakePinned {
  let at = 0
  return (bytes) => {
    const place = Buffer.from(memory, at, bytes)
    at += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
    return new Pinned(bytes, place)
  }
}

const ALIGNMENT = 64
