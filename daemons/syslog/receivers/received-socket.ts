import type { DatagramBatch } from '../../linux/datagram-batch.ts'
import { readSocketMemory } from '../../linux/socket-memory.ts'
import type { HeldSocket } from '../../runtime/contract.ts'
import type { DatagramServer } from '../../runtime/serve-datagrams.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import type { FlightMarks } from '../ledger/flight-record.ts'
import { countsOf, type Lane, lanesOf, type ReceiverSocket } from './receiver-parts.ts'
import type { ReceiversParts } from './receivers.ts'

/** What the main thread has of one socket that a receiver reads: its batches in turn, and what is counted of them. */
export class ReceivedSocket {
  readonly socket: HeldSocket
  readonly server: DatagramServer
  readonly #lanes: readonly Lane[]
  readonly #marks: readonly FlightMarks[]
  readonly #counts: Int32Array
  readonly #store: (batch: DatagramBatch, count: number) => void
  readonly #giveBack: () => void
  readonly #parts: ReceiversParts
  readonly #beganMs = systemClock.wallMs()
  #next = 0
  #received = 0
  #waited = 0
  #truncated = 0
  #bug = 0

  constructor(
    socket: HeldSocket,
    shared: ReceiverSocket & { readonly marks: readonly FlightMarks[] },
    parts: ReceiversParts,
    giveBack: () => void,
  ) {
    this.socket = socket
    this.#lanes = lanesOf(parts, shared)
    this.#marks = shared.marks
    this.#counts = countsOf(parts)
    this.#store = parts.storeOf(socket)
    this.#giveBack = giveBack
    this.#parts = parts
    const dropsBefore = readSocketMemory(socket.fd).drops
    this.server = {
      counters: () => ({
        received: this.#received,
        waited: this.#waited,
        dropped_kernel: (readSocketMemory(socket.fd).drops - dropsBefore) >>> 0,
        dropped_before: dropsBefore,
        truncated: this.#truncated,
        bug: this.#bug,
      }),
      drain: () => void this.serve(this.#lanes.length),
      close: () => undefined,
    }
  }

  /** Stores up to so many batches that are there. @returns whether there may be more */
  serve(rounds: number): boolean {
    for (let round = 0; round < rounds; round++) {
      const lane = this.#lanes[this.#next]
      const count = lane === undefined ? 0 : Atomics.load(this.#counts, lane.place)
      if (lane === undefined || count === 0) return false
      this.#serveBatch(lane.batch, count, this.#marks[this.#next])
      this.#next = (this.#next + 1) % this.#lanes.length
      this.#giveBack()
    }
    return true
  }

  #serveBatch(batch: DatagramBatch, count: number, marks: FlightMarks | undefined): void {
    marks?.reading(count)
    this.#received += count
    for (let slot = 0; slot < count; slot++) {
      if (batch.wireLength(slot) > batch.slotBytes) this.#truncated += 1
      if (batch.seconds(slot) * 1000 + batch.nanoseconds(slot) / 1e6 < this.#beganMs) this.#waited += 1
    }
    try {
      this.#store(batch, count)
    } catch (error) {
      if (this.#bug++ === 0)
        this.#parts.log.error({ err: error, listen: this.socket.name }, 'cannot serve a batch of datagrams')
    }
    batch.flush(this.socket.fd)
    marks?.landed()
  }
}
