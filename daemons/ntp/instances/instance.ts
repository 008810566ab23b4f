import { randomInt } from 'node:crypto'
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { DatagramBatch } from '../../linux/datagram-batch.ts'
import { Departures, type OnDeparture } from '../../linux/departures.ts'
import { readSome } from '../../linux/descriptor-io.ts'
import { readKernelClock } from '../../linux/kernel-clock.ts'
import { prepareDatagramSocket, prepareStampedSocket } from '../../linux/open-socket.ts'
import { ReadableWait } from '../../linux/wait-readable.ts'
import { readWallTime } from '../../linux/wall-time.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import { BatchAnswerer } from '../answer-batch.ts'
import { Authenticator } from '../auth/authenticator.ts'
import { KeyRing } from '../auth/key-ring.ts'
import { ClientTable } from '../client-table.ts'
import { DepartureMemory } from '../interleaved/departure-memory.ts'
import { Interleaver } from '../interleaved/interleaver.ts'
import { type CookieKeySet, CookieSeals } from '../nts/cookie-keys.ts'
import { NtsOpener } from '../nts/nts-opener.ts'
import { RandomPool } from '../nts/random-pool.ts'
import { createTally } from '../outcome.ts'
import { Random32 } from '../random32.ts'
import { readRules, type TimeServer } from '../respond.ts'
import type { NtpSection } from '../section.ts'
import { type ClockState, ServedClock } from '../served-clock.ts'
import { warmUpNow } from '../warm-up.ts'
import { InstanceBoard } from './instance-board.ts'

/** What an instance is made of. */
export interface InstanceParts {
  readonly sockets: readonly { readonly fd: number; readonly stampOnly: boolean }[]
  /** Read end of a pipe: what is written there ends its waiting. */
  readonly wakeFd: number
  readonly board: SharedArrayBuffer
  readonly clients: { readonly memory: SharedArrayBuffer; readonly capacity: number; readonly secret: number }
  readonly departures: number
  readonly section: NtpSection
  readonly clock: ClockState
  /** log2 seconds */
  readonly precision: number
  readonly probe: TimeServer['probe']
  /** The keys of cookies; null = network time security is not served. */
  readonly ntsKeys: CookieKeySet | null
  readonly slots: number
  readonly slotBytes: number
}

/** What the main thread tells an instance later. */
export interface InstanceNews {
  readonly section: NtpSection
  readonly clock: ClockState
  readonly ntsKeys: CookieKeySet | null
}

const TURN_MS = 1000
/** Full batches of one socket read in a row before the others get their turn. */
const ROUNDS = 16
const KEYS_MS = 60_000
/** Datagrams of a batch of a server with little to do. */
const FEW = 8

/**
 * Serves its sockets until it is stopped, blocking its thread: one more core's worth of the service. It has a client table, a memory and
 * a clock of its own; the last is told by the main thread, which alone knows the sources.
 *
 * @param news where the main thread's words come
 */
export function runInstance(parts: InstanceParts, news: MessagePort): void {
  const { sockets, slots, slotBytes, precision } = parts
  const board = new InstanceBoard(parts.board)
  const { memory, capacity, secret } = parts.clients
  const keys = new KeyRing(parts.section.keys ?? null)
  const seals = new CookieSeals()
  if (parts.ntsKeys !== null) seals.use(parts.ntsKeys)
  const opener = parts.ntsKeys === null ? null : new NtsOpener(seals, new RandomPool(), slots)
  // What the kernel says of a clock that we keep is our own word.
  const served = new ServedClock(
    parts.section,
    precision,
    parts.section.discipline === undefined ? readKernel : () => null,
  )
  served.take(parts.clock)
  let server: TimeServer = {
    clock: served,
    random: new Random32(randomInt(2 ** 32)),
    clients: new ClientTable(capacity, secret, memory),
    authenticator: new Authenticator(keys, opener),
    interleaver: new Interleaver(new DepartureMemory(parts.departures, randomInt(2 ** 32))),
    probe: parts.probe,
    ...readRules(parts.section),
  }
  warmUpNow(server)
  const tally = createTally()
  const answerer = new BatchAnswerer(slots, readWallTime)
  const batch = new DatagramBatch({ slots, slotBytes })
  const departures = new Departures(slotBytes)
  const began = systemClock.wallMs() / 1000
  let waited = 0
  let bug = 0
  for (const { fd, stampOnly } of sockets) {
    if (stampOnly) prepareStampedSocket(fd)
    else prepareDatagramSocket(fd)
  }
  const departing = new Set<number>()

  const onDeparture: OnDeparture = (bytes, offset, length, seconds, nanoseconds) =>
    server.interleaver.left(served, bytes, offset, length, seconds, nanoseconds)
  const serve = (fd: number): void => {
    if (departing.has(fd)) departures.read(fd, onDeparture)
    for (let round = 0; round < ROUNDS; round++) {
      const count = batch.receive(fd)
      if (count === 0) return
      for (let slot = 0; slot < count; slot++)
        if (batch.seconds(slot) + batch.nanoseconds(slot) / 1e9 < began) waited += 1
      try {
        answerer.answer(server, batch, count, systemClock.monotonicMs(), tally)
        if (batch.stamped > 0 && !departing.has(fd)) {
          departures.enable(fd)
          departing.add(fd)
        }
      } catch {
        bug += 1
      }
      if (count <= FEW) {
        batch.rehearse(fd)
        answerer.stamp(server, batch, count)
      }
      answerer.sent(batch.flush(fd))
      if (batch.stamped > 0) departures.read(fd, onDeparture)
      if (count <= FEW) return
    }
  }

  const listen = (): void => {
    for (let message = receiveMessageOnPort(news); message !== undefined; message = receiveMessageOnPort(news)) {
      const { section, clock, ntsKeys }: InstanceNews = message.message
      server = { ...server, ...readRules(section) }
      keys.follow(section.keys ?? null)
      // A key that is revoked must not be good in one thread for a minute more.
      keys.look()
      if (ntsKeys !== null) seals.use(ntsKeys)
      served.setOwn(section)
      served.take(clock)
    }
  }

  const wait = new ReadableWait([parts.wakeFd, ...sockets.map(({ fd }) => fd)])
  const wakes = new Uint8Array(64)
  let heard = 0
  let keysMs = systemClock.monotonicMs()
  while (!board.isStopping) {
    wait.wait(TURN_MS)
    if (wait.isReady(0)) readSome(parts.wakeFd, wakes)
    if (board.announced !== heard) {
      heard = board.announced
      listen()
    }
    const nowMs = systemClock.monotonicMs()
    if (nowMs - keysMs > KEYS_MS) {
      keysMs = nowMs
      keys.look()
    }
    for (const [index, { fd }] of sockets.entries()) if (wait.isReady(index + 1)) serve(fd)
    board.publish(tally, server.clients.clients, waited, bug)
  }
  for (const { fd } of sockets) serve(fd)
  board.publish(tally, server.clients.clients, waited, bug)
}

function readKernel(): ReturnType<typeof readKernelClock> | null {
  try {
    return readKernelClock()
  } catch {
    return null // The main thread has said so.
  }
}
