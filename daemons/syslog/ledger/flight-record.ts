import { findLastingMemory, type LastingMemory, makeLastingMemory, viewMemory } from '../../linux/lasting-memory.ts'

/** How a killed process left one of its sockets. */
export interface Unfinished {
  /** Datagrams that it had read and not yet stored or rejected; at most, when it died in the very call that reads. */
  readonly datagrams: number
  /** Number of the next message of the store before them. */
  readonly nextSeq: number
}

/** What a process that died leaves to be told. */
export interface Remains {
  /** Stream connections that ended with it. */
  readonly connections: number
  readonly unfinished: readonly Unfinished[]
}

/** Marks what one socket's server has in hand. */
export interface FlightMarks {
  /** Where its count is. */
  readonly place: number
  /** Up to `most` datagrams are being taken from the kernel. */
  reading(most: number): void
  /** So many were taken. */
  took(count: number): void
  /** All of them are stored or counted as rejected. */
  landed(): void
}

/**
 * What has been read and not yet stored, in memory that outlives us: a process that is killed in the middle of a batch tells
 * its successor how many messages died with it.
 */
export class FlightRecord {
  readonly #lasting: LastingMemory | null
  /** The mark, and how many stream connections are open. */
  readonly #head: Int32Array
  readonly #counts: Int32Array
  /** By this another thread of this process finds the counts. */
  readonly counts: SharedCounts
  readonly #seqs: Float64Array
  readonly #nextSeq: () => number
  #sockets = 0

  /** @param nextSeq of the store */
  constructor(nextSeq: () => number) {
    this.#nextSeq = nextSeq
    this.#lasting = attempt(() => makeLastingMemory(BYTES))
    const own = new SharedArrayBuffer(BYTES)
    const memory = this.#lasting?.memory ?? own
    this.counts = this.#lasting?.address ?? own
    this.#counts = countsIn(memory)
    this.#seqs = seqsIn(memory)
    this.#head = new Int32Array(memory, 0, 2)
    this.#head[0] = MARK
  }

  /** By this `readRemains` finds it; null where the kernel gave no such memory. */
  get id(): number | null {
    return this.#lasting?.id ?? null
  }

  /** Marks for one more socket, or batch of one; beyond the 1,024th all share the last place. */
  open(): FlightMarks {
    const place = Math.min(this.#sockets++, MOST_SOCKETS - 1)
    this.#seqs[place] = NOT_BEGUN
    return {
      place,
      reading: (most) => {
        this.#seqs[place] = this.#nextSeq()
        this.#counts[place] = most
      },
      took: (count) => {
        this.#counts[place] = count
      },
      landed: () => {
        this.#seqs[place] = NOT_BEGUN
        // Whoever fills a batch in another thread may do so from now on.
        Atomics.store(this.#counts, place, 0)
      },
    }
  }

  /** So many stream connections are open now. */
  connected(open: number): void {
    this.#head[1] = open
  }

  /** Nothing is in hand any more, and nobody will ask. */
  close(): void {
    this.#lasting?.remove()
  }
}

/** What a process that died left; null when that is not known. Asked once: then it is forgotten. */
export function readRemains(id: number): Remains | null {
  const found = attempt(() => findLastingMemory(id, BYTES))
  if (found === null) return null
  const head = new Int32Array(found.memory, 0, 2)
  const [mark, connections = 0] = head
  if (mark !== MARK) return null
  const seqs = seqsIn(found.memory)
  head[0] = 0
  const unfinished = Array.from(countsIn(found.memory), (datagrams, place) => ({
    datagrams,
    nextSeq: seqs[place] ?? 0,
  }))
  found.remove()
  return { connections, unfinished: unfinished.filter(({ datagrams }) => datagrams > 0) }
}

/** The counts of a record, for another thread of this process: where they are, or the memory itself. */
export type SharedCounts = bigint | SharedArrayBuffer

/** How many datagrams are in hand, by place. */
export function sharedCounts(counts: SharedCounts): Int32Array {
  return countsIn(typeof counts === 'bigint' ? viewMemory(counts, BYTES) : counts)
}

function attempt<T>(work: () => T): T | null {
  try {
    return work()
  } catch {
    return null
  }
}

function countsIn(memory: ArrayBufferLike): Int32Array {
  return new Int32Array(memory, 8, MOST_SOCKETS)
}

function seqsIn(memory: ArrayBufferLike): Float64Array {
  return new Float64Array(memory, 8 + MOST_SOCKETS * 4, MOST_SOCKETS)
}

const MOST_SOCKETS = 1024
/** Nothing of a batch has been stored yet. */
const NOT_BEGUN = Number.MAX_SAFE_INTEGER
const BYTES = 8 + MOST_SOCKETS * (4 + 8)
/** Tells it from memory that somebody else made. */
const MARK = 0x4c4e_5744
