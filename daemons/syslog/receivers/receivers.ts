import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import { DatagramBatch } from '../../linux/datagram-batch.ts'
import { writeSome } from '../../linux/descriptor-io.ts'
import { openPipe } from '../../linux/open-pipe.ts'
import { readSocketMemory } from '../../linux/socket-memory.ts'
import type { HeldSocket } from '../../runtime/contract.ts'
import type { DatagramServer } from '../../runtime/serve-datagrams.ts'
import type { FlightMarks, SharedCounts } from '../ledger/flight-record.ts'
import { ReceivedSocket } from './received-socket.ts'
import { GIVEN_BACK, LANES, type ReceiverParts, STOP, TOLD } from './receiver-parts.ts'

/** What all receivers have in common. */
export interface ReceiversParts extends Pick<ReceiverParts, 'slots' | 'slotBytes' | 'gatherMs'> {
  readonly counts: SharedCounts
  /** Marks for one more batch in flight. */
  readonly marks: () => FlightMarks
  /** Stores a batch of the socket with this name. */
  readonly storeOf: (socket: HeldSocket) => (batch: DatagramBatch, count: number) => void
  readonly log: Logger
}

/** Of the receive buffer, in datagrams of the usual size, what may fill while a receiver lets them gather. */
const GATHER_SHARE = 1 / 4
const SMALL_DATAGRAM_BYTES = 1300
/** Batches stored in a row before the rest of the daemon gets its turn. */
const ROUNDS = 16

/**
 * Parts the UDP sockets among receivers: of those with the same name each gets one.
 *
 * @returns by receiver
 */
export function partSockets(sockets: readonly HeldSocket[]): readonly (readonly HeldSocket[])[] {
  const parts: HeldSocket[][] = []
  const met = new Map<string, number>()
  for (const socket of sockets) {
    const index = met.get(socket.name) ?? 0
    met.set(socket.name, index + 1)
    parts[index] ??= []
    parts[index].push(socket)
  }
  return parts
}

/**
 * One thread that receives on its sockets while this one takes messages apart and stores them: of a message's cost about a
 * third is then another core's.
 */
export class Receiver {
  readonly #worker: Worker
  readonly #bell = new Int32Array(new SharedArrayBuffer(64))
  readonly #wakeFd: number
  readonly #received: readonly ReceivedSocket[]
  #turn: NodeJS.Immediate | null = null

  constructor(sockets: readonly HeldSocket[], parts: ReceiversParts) {
    const { counts, slots, slotBytes, gatherMs } = parts
    const bytes = DatagramBatch.bytesFor({ slots, slotBytes })
    const shared = sockets.map((socket) => {
      const marks = Array.from({ length: LANES }, () => parts.marks())
      const memories = marks.map(() => new SharedArrayBuffer(bytes))
      return { fd: socket.fd, memories, places: marks.map(({ place }) => place), marks }
    })
    this.#received = sockets.flatMap((socket, index) => {
      const own = shared[index]
      return own === undefined ? [] : [new ReceivedSocket(socket, own, parts, () => this.#giveBack())]
    })
    const { readEnd, writeEnd } = openPipe()
    this.#wakeFd = writeEnd
    const limits = sockets.map(({ fd }) => readSocketMemory(fd).limitBytes)
    const workerData: ReceiverParts = {
      sockets: shared.map(({ fd, memories, places }) => ({ fd, memories, places })),
      ...{ wakeFd: readEnd, bell: this.#bell.buffer as SharedArrayBuffer, counts, slots, slotBytes, gatherMs },
      room: (Math.min(...limits) * GATHER_SHARE) / SMALL_DATAGRAM_BYTES,
    }
    this.#worker = new Worker(workerFile(), { workerData })
    this.#worker.unref()
    this.#worker.on('message', () => this.#serve())
    // What a receiver cannot go on from, the process cannot either: the supervisor starts it anew.
    this.#worker.on('error', (error) => {
      throw error
    })
  }

  /** Its sockets, each as if it were served here. */
  get servers(): readonly { readonly socket: HeldSocket; readonly server: DatagramServer }[] {
    return this.#received.map((received) => ({ socket: received.socket, server: received.server }))
  }

  /** Ends the thread when what waits is read and stored. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve))
    Atomics.store(this.#bell, STOP, 1)
    Atomics.notify(this.#bell, STOP)
    writeSome(this.#wakeFd, WAKE)
    await ended
    while (this.#serve());
    if (this.#turn !== null) clearImmediate(this.#turn)
  }

  /** Stores what was received. @returns whether more is there */
  #serve(): boolean {
    this.#turn = null
    Atomics.store(this.#bell, TOLD, 0)
    let more = false
    for (const received of this.#received) if (received.serve(ROUNDS)) more = true
    if (more) this.#turn ??= setImmediate(() => this.#serve())
    return more
  }

  #giveBack(): void {
    Atomics.add(this.#bell, GIVEN_BACK, 1)
    Atomics.notify(this.#bell, GIVEN_BACK)
  }
}

/** The program of a receiver: beside the bundle of the daemon, or its source when it runs from source. */
function workerFile(): string {
  const folder = import.meta.dirname
  return import.meta.filename.endsWith('.ts') ? join(folder, '../worker.ts') : join(folder, 'worker.cjs')
}

const WAKE = new Uint8Array(1)
