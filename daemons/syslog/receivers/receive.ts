import { readSome } from '../../linux/descriptor-io.ts'
import { prepareStampedSocket } from '../../linux/open-socket.ts'
import { ReadableWait } from '../../linux/wait-readable.ts'
import { Gathering } from '../../runtime/gathering.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import { countsOf, GIVEN_BACK, type Lane, lanesOf, type ReceiverParts, STOP, TOLD } from './receiver-parts.ts'

/** Full batches of one socket read in a row before the others get their turn. */
const ROUNDS = 16
/** Turns of reading at a stop; what comes later waits in the held socket for the next process. */
const LAST_TURNS = 64
const TURN_MS = 1000
const IMPATIENCE_MS = 100

/**
 * Receives on its sockets until it is stopped, blocking its thread, and hands the batches over; then once more what waits.
 * It reads no faster than they are given back: what comes meanwhile waits in the sockets, or the kernel counts it as dropped.
 *
 * @param tell wakes the main thread
 */
export function runReceiver(parts: ReceiverParts, tell: () => void): void {
  const bell = new Int32Array(parts.bell)
  const counts = countsOf(parts)
  const sockets = parts.sockets.map((socket) => ({ fd: socket.fd, lanes: lanesOf(parts, socket), next: 0 }))
  for (const { fd } of sockets) prepareStampedSocket(fd)

  const waitFor = ({ place }: Lane): void => {
    for (;;) {
      const givenBack = Atomics.load(bell, GIVEN_BACK)
      if (Atomics.load(counts, place) === 0) return
      Atomics.wait(bell, GIVEN_BACK, givenBack, IMPATIENCE_MS)
    }
  }
  const receive = (socket: (typeof sockets)[number]): number => {
    let taken = 0
    for (let round = 0; round < ROUNDS; round++) {
      const lane = socket.lanes[socket.next]
      if (lane === undefined) break
      waitFor(lane)
      const count = lane.batch.receive(socket.fd)
      if (count === 0) break
      Atomics.store(counts, lane.place, count)
      if (Atomics.exchange(bell, TOLD, 1) === 0) tell()
      socket.next = (socket.next + 1) % socket.lanes.length
      taken += count
      if (count < parts.slots) break
    }
    return taken
  }

  const gathering = new Gathering(parts.gatherMs, parts.room)
  const wait = new ReadableWait([parts.wakeFd, ...sockets.map(({ fd }) => fd)])
  const wakes = new Uint8Array(64)
  while (Atomics.load(bell, STOP) === 0) {
    wait.wait(TURN_MS)
    if (wait.isReady(0)) readSome(parts.wakeFd, wakes)
    let taken = 0
    for (const [index, socket] of sockets.entries()) if (wait.isReady(index + 1)) taken += receive(socket)
    const restMs = gathering.rest(taken, systemClock.monotonicMs(), taken < ROUNDS * parts.slots)
    if (restMs > 0) Atomics.wait(bell, STOP, 0, restMs)
  }
  for (const socket of sockets) for (let turn = 0; turn < LAST_TURNS && receive(socket) > 0; ) turn++
}
