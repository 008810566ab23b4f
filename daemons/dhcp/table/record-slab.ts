/** Memory is taken in pieces of this, each for records of about one length. */
const CHUNK_BYTES = 1 << 16
/** Records take a multiple of this; above `STEP_MAX` the next power of two. */
const STEP_BYTES = 16
const STEP_MAX = 256
/** Most records of one chunk. */
const CELLS = CHUNK_BYTES / STEP_BYTES

/** Octets of one record, in memory that belongs to the slab. */
export interface RecordPlace {
  readonly bytes: Buffer
  readonly at: number
}

interface Chunk {
  readonly bytes: Buffer
  readonly cellBytes: number
}

/** What there is for records of one length. */
interface Supply {
  /** The chunk with cells that were never used. */
  chunk: number
  nextCell: number
  readonly freed: number[]
}

/**
 * Many short records outside of the heap of the collector, which would have to visit each. A record that is freed gives
 * its place to the next of about its length, so that nothing ever has to be moved.
 */
export class RecordSlab {
  readonly #chunks: Chunk[] = []
  readonly #supplies = new Map<number, Supply>()

  /** Keeps a copy of a record; returns its handle, an unsigned number of 32 bits. */
  put(record: Uint8Array): number {
    const handle = this.#take(cellBytesFor(record.length))
    const { bytes, at } = this.at(handle)
    bytes.set(record, at)
    return handle
  }

  /** Where a record lies, until it is freed. The slab does not know its length. */
  at(handle: number): RecordPlace {
    const { bytes, cellBytes } = this.#chunk(handle)
    return { bytes, at: (handle % CELLS) * cellBytes }
  }

  free(handle: number): void {
    this.#supplies.get(this.#chunk(handle).cellBytes)?.freed.push(handle)
  }

  #take(cellBytes: number): number {
    const supply = this.#supplies.get(cellBytes) ?? { chunk: -1, nextCell: 0, freed: [] }
    this.#supplies.set(cellBytes, supply)
    const freed = supply.freed.pop()
    if (freed !== undefined) return freed
    if (supply.chunk < 0 || (supply.nextCell + 1) * cellBytes > CHUNK_BYTES) {
      supply.chunk = this.#chunks.length
      supply.nextCell = 0
      this.#chunks.push({ bytes: Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, cellBytes)), cellBytes })
    }
    return supply.chunk * CELLS + supply.nextCell++
  }

  #chunk(handle: number): Chunk {
    const chunk = this.#chunks[Math.floor(handle / CELLS)]
    if (chunk === undefined) throw new Error(`no record has the handle ${handle}`)
    return chunk
  }
}

function cellBytesFor(length: number): number {
  if (length <= STEP_MAX) return Math.max(1, Math.ceil(length / STEP_BYTES)) * STEP_BYTES
  return 2 ** Math.ceil(Math.log2(length))
}
