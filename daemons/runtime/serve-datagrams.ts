import type { Logger } from 'pino'
import { DatagramBatch } from '../linux/datagram-batch.ts'
import { Departures, type OnDeparture } from '../linux/departures.ts'
import { prepareDatagramSocket, prepareStampedSocket } from '../linux/open-socket.ts'
import { readSocketMemory } from '../linux/socket-memory.ts'
import { watchDescriptor } from '../linux/watch-descriptor.ts'
import type { Clock, HeldSocket } from './contract.ts'
import { Gathering } from './gathering.ts'

export interface DatagramCounters {
  readonly received: number
  /** Of those, the ones that had arrived before this process began to read: they waited in the held socket. */
  readonly waited: number
  /** Thrown away by the kernel since this process began to read. */
  readonly dropped_kernel: number
  /** Thrown away before, since the socket was opened: where the count above begins. */
  readonly dropped_before: number
  /** Longer than a slot, cut to its size. */
  readonly truncated: number
  /** Batches during which our own code threw; a defect. */
  readonly bug: number
}

export interface DatagramServer {
  counters(): DatagramCounters
  /** Reads what waits right now, for a stop that loses nothing. */
  drain(): void
  /** Ends the reading; what still waits stays in the held socket. */
  close(): void
}

export interface DatagramService {
  readonly socket: HeldSocket
  /** Datagrams per system call. */
  readonly slots: number
  /** Room for each; longer ones are cut and counted. */
  readonly slotBytes: number
  readonly log: Logger
  readonly clock: Clock
  /** Works on the filled slots, synchronously; answers queued by `batch.reply` go out when it returns. */
  readonly onBatch: (batch: DatagramBatch, count: number) => void
  /** How many of the answers to that batch are such as their receivers answer at once. */
  readonly awaited?: () => number
  /**
   * While many datagrams come, leave each this long in the socket, so that they are read together; 0 = read at once, for
   * whoever is waited for. Not for unix sockets: their senders wait when a few lie there.
   */
  readonly gatherMs?: number
  /** It needs to know when each came, and not where it was sent to: answers leave from whatever address is routed. */
  readonly stampOnly?: boolean
  /** Called at the last moment before the answers of a small batch are sent: whoever stamps them does so once more. */
  readonly onSending?: (batch: DatagramBatch, count: number) => void
  /** Hears at once that the answers of a batch are sent, and how many. */
  readonly onSent?: (sent: number) => void
  /** Hears when the answers left that were asked to be stamped (`batch.reply`), as the kernel tells. */
  readonly onDeparture?: OnDeparture
  /** Hears what is in hand at each moment, for whoever must tell what died with a killed process. */
  readonly marks?: {
    reading(most: number): void
    took(count: number): void
    landed(): void
  }
}

/** Batches read in a row before other sockets and timers get their turn. */
const ROUNDS = 16
const BUG_LOG_EVERY_MS = 60_000
/** Datagrams of a batch of a server with little to do. */
const FEW = 8
/** Datagrams of a batch from which on nobody watches the socket meanwhile: for a watched one the kernel looks for whom to wake at each that leaves. */
const MANY = 32
/** Part of what was read that the wait for such an answer is not shortened for. */
const FEW_AWAITED = 1 / 8
const WITH_DEPARTURES = { readable: true, writable: false, urgent: true }
/** Of the receive buffer, what may fill while we rest. */
const GATHER_SHARE = 1 / 4
/** Buffer that a small datagram takes with its bookkeeping. */
const SMALL_DATAGRAM_BYTES = 1300

/**
 * Serves one held datagram socket: receive a batch, hand it over, send the answers, until less than a full batch
 * comes. A throw in `onBatch` is our own bug: counted, logged once a minute, and the next batch is served.
 */
export function serveDatagrams(service: DatagramService): DatagramServer {
  const { socket, clock, log, marks } = service
  const batch = new DatagramBatch({ slots: service.slots, slotBytes: service.slotBytes })
  if (service.stampOnly === true) prepareStampedSocket(socket.fd)
  else prepareDatagramSocket(socket.fd)
  const dropsBefore = readSocketMemory(socket.fd).drops
  const beganNs = clock.wallNs()
  const began = { seconds: Number(beganNs / 1_000_000_000n), nanoseconds: Number(beganNs % 1_000_000_000n) }
  let received = 0
  let waited = 0
  let truncated = 0
  let bug = 0
  let caughtUp = false
  let bugLoggedMs = Number.NEGATIVE_INFINITY

  const serveBatch = (): number => {
    marks?.reading(service.slots)
    const count = batch.receive(socket.fd)
    if (count === 0) {
      marks?.landed()
      return 0
    }
    marks?.took(count)
    received += count
    if (count >= MANY) lookAway()
    for (let slot = 0; slot < count; slot++) if (batch.wireLength(slot) > service.slotBytes) truncated += 1
    if (!caughtUp) countWaiting(count)
    try {
      service.onBatch(batch, count)
    } catch (error) {
      bug += 1
      if (clock.monotonicMs() - bugLoggedMs > BUG_LOG_EVERY_MS) {
        bugLoggedMs = clock.monotonicMs()
        log.error({ err: error, listen: socket.name }, 'cannot serve a batch of datagrams')
      }
    }
    marks?.landed()
    if (batch.stamped > 0) departures ??= tellDepartures()
    if (service.onSending !== undefined && count <= FEW) {
      batch.rehearse(socket.fd)
      service.onSending(batch, count)
    }
    const sent = batch.flush(socket.fd)
    service.onSent?.(sent)
    if (batch.stamped > 0) readDepartures()
    return count
  }

  // Each datagram of such a socket costs the kernel more: it becomes one when somebody asks for it.
  let departures: Departures | null = null
  const tellDepartures = (): Departures => {
    const fresh = new Departures(service.slotBytes)
    fresh.enable(socket.fd)
    if (isWatched) watch.expect(WITH_DEPARTURES)
    return fresh
  }
  const readDepartures = (): void => {
    if (service.onDeparture !== undefined) departures?.read(socket.fd, service.onDeparture)
  }

  /** The kernel's stamp says which of the first datagrams came before we did. */
  const countWaiting = (count: number): void => {
    for (let slot = 0; slot < count; slot++) {
      const late = batch.seconds(slot) - began.seconds || batch.nanoseconds(slot) - began.nanoseconds
      if (late < 0) waited += 1
      else caughtUp = true
    }
  }

  /** Takes what is there, and what comes meanwhile where that is to be expected. */
  const readAll = (): { readonly taken: number; readonly isMoreAtHand: boolean } => {
    let taken = 0
    let awaited = 0
    try {
      readDepartures()
      for (let round = 0; round < ROUNDS; round++) {
        const count = serveBatch()
        taken += count
        if (count > 0) awaited = Math.max(0, awaited - count) + (service.awaited?.() ?? 0)
        // While many come, more have come meanwhile; to be woken for them costs ten times what it costs to ask.
        if (count < service.slots && count <= FEW && (count === 0 || awaited <= taken * FEW_AWAITED)) break
      }
    } catch (error) {
      // Else nobody would ever be heard again.
      lookAgain()
      throw error
    }
    return { taken, isMoreAtHand: awaited > taken * FEW_AWAITED }
  }

  const { limitBytes } = readSocketMemory(socket.fd)
  const gathering = new Gathering(service.gatherMs ?? 0, (limitBytes * GATHER_SHARE) / SMALL_DATAGRAM_BYTES)
  let resting: NodeJS.Timeout | null = null
  const readAndRest = (): void => {
    resting = null
    const { taken, isMoreAtHand } = readAll()
    const isEmpty = taken < ROUNDS * service.slots
    const restMs = gathering.rest(taken, clock.monotonicMs(), isEmpty, isMoreAtHand)
    if (restMs > 0) {
      lookAway()
      resting = setTimeout(readAndRest, restMs)
    } else lookAgain()
  }

  const watch = watchDescriptor(socket.fd, readAndRest)
  let isWatched = true
  const lookAway = (): void => {
    if (isWatched) watch.expect({ readable: false, writable: false })
    isWatched = false
  }
  const lookAgain = (): void => {
    if (!isWatched) watch.expect(departures === null ? { readable: true, writable: false } : WITH_DEPARTURES)
    isWatched = true
  }
  const readOutOfTurn = (): void => {
    readAll()
    if (resting === null) lookAgain()
  }
  let open = true
  // What waits in the socket is served when the daemon stands, and not only at the first turn of its loop: a few milliseconds
  // of the gap after a death.
  queueMicrotask(() => {
    try {
      if (open) readOutOfTurn()
    } catch {
      // What is wrong with the socket, the watch meets as well.
    }
  })
  return {
    counters: () => ({
      received,
      waited,
      // Both are 32-bit counters of the kernel; the difference survives their wrap.
      dropped_kernel: (readSocketMemory(socket.fd).drops - dropsBefore) >>> 0,
      dropped_before: dropsBefore,
      truncated,
      bug,
    }),
    drain: readOutOfTurn,
    close: () => {
      open = false
      if (resting !== null) clearTimeout(resting)
      watch.stop()
      batch.free()
      departures?.free()
    },
  }
}
