import { DatagramBatch } from '../../linux/datagram-batch.ts'
import { takeFrom } from '../../linux/pinned.ts'
import { type SharedCounts, sharedCounts } from '../ledger/flight-record.ts'

/** Batches of each socket: while one is being stored the others can be filled. */
export const LANES = 4

/** Words of the bell. */
export const STOP = 0
/** The main thread has been told that there is something, and has not looked yet. */
export const TOLD = 1
/** Counts batches that were given back. */
export const GIVEN_BACK = 2

/** One socket of a receiver; its batches lie in memory of both threads, and their places say how many datagrams are in each. */
export interface ReceiverSocket {
  readonly fd: number
  readonly memories: readonly SharedArrayBuffer[]
  readonly places: readonly number[]
}

/** What a receiver is made of. */
export interface ReceiverParts {
  readonly sockets: readonly ReceiverSocket[]
  /** Read end of a pipe: what is written there ends its waiting. */
  readonly wakeFd: number
  readonly bell: SharedArrayBuffer
  readonly counts: SharedCounts
  readonly slots: number
  readonly slotBytes: number
  readonly gatherMs: number
  /** Datagrams that may gather in a socket. */
  readonly room: number
}

/** One batch between two threads: the receiver fills it when its count is 0, the main thread stores it and sets the count to 0. */
export interface Lane {
  readonly batch: DatagramBatch
  readonly place: number
}

/** The batches of a socket, the same in both threads. */
export function lanesOf(parts: Pick<ReceiverParts, 'slots' | 'slotBytes'>, socket: ReceiverSocket): readonly Lane[] {
  return socket.memories.map((memory, index) => ({
    batch: new DatagramBatch({ slots: parts.slots, slotBytes: parts.slotBytes, take: takeFrom(memory) }),
    place: socket.places[index] ?? 0,
  }))
}

/** How many datagrams are in each batch, by place. */
export function countsOf({ counts }: Pick<ReceiverParts, 'counts'>): Int32Array {
  return sharedCounts(counts)
}
