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

  /** @param length bytes, at least 1 */
  constructor(length: number) {
    // A backing store of its own from offset 0, aligned for any structure. The kernel zeroes its pages when they are first
    // touched: a slab for the longest messages costs only what real ones fill (8 MiB filled by hand took 6 ms and stayed).
    this.bytes = Buffer.alloc(Math.max(length, SMALLEST_OUTSIDE_HEAP))
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
