import { DatagramBatch } from '../linux/datagram-batch.ts'
import { closeFd, openSocket } from '../linux/open-socket.ts'
import { sendDatagram } from '../linux/send-datagram.ts'
import { readWallTime } from '../linux/wall-time.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { BatchAnswerer } from './answer-batch.ts'
import { ClientTable } from './client-table.ts'
import { HEADER_BYTES } from './header.ts'
import { createTally } from './outcome.ts'
import type { TimeServer } from './respond.ts'

const SLOTS = 8
/** Requests after which the compiler has seen enough: more change nothing that a client could measure. */
const ROUNDS = 400
/** Rounds in a row, about a millisecond of them. */
const SLICE = 8

/**
 * Answers some thousand requests of its own on loopback, in small slices between which the real ones are served. Code that
 * has run a few times only is interpreted, slowly: a client that polls an idle server measured 6 µs of error instead of 1, since
 * the time goes into a reply that much before it leaves.
 *
 * @param server whose clock and rules are used; its clients and counters learn nothing of it
 * @param later runs a function when there is nothing else to do
 */
export function warmUp(server: TimeServer, later: (next: () => void) => void): void {
  const rehearsal = tryTo(() => rehearse(server))
  const next = (): void => {
    if (tryTo(() => rehearsal?.play(SLICE)) === true) later(next)
    else rehearsal?.close()
  }
  later(next)
}

/** The same at once, for a thread that does nothing else yet. */
export function warmUpNow(server: TimeServer): void {
  const rehearsal = tryTo(() => rehearse(server))
  while (tryTo(() => rehearsal?.play(SLICE)) === true);
  rehearsal?.close()
}

/** Without a loopback, or without descriptors, there is no rehearsal: time is served all the same. */
function tryTo<T>(work: () => T): T | null {
  try {
    return work()
  } catch {
    return null
  }
}

function rehearse(real: TimeServer): { play(rounds: number): boolean; close(): void } {
  const server = { ...real, clients: new ClientTable(8, 0), rules: { allow: [LOOPBACK], rateLimit: null }, probe: null }
  const url = { scheme: 'udp', host: '127.0.0.1', device: null, port: 0 } as const
  const door = openSocket(url)
  const client = openSocket(url)
  const port = 'port' in door.url ? door.url.port : 0
  const asked = new DatagramBatch({ slots: SLOTS, slotBytes: 64 })
  const answered = new DatagramBatch({ slots: SLOTS, slotBytes: 64 })
  const answerer = new BatchAnswerer(SLOTS, readWallTime)
  const tally = createTally()
  const request = new Uint8Array(HEADER_BYTES)
  request[0] = 0x23
  let round = 0
  return {
    play: (rounds) => {
      for (const end = round + rounds; round < end; round++) {
        for (let one = 0; one <= round % SLOTS; one++) sendDatagram(client.fd, request, { address: '127.0.0.1', port })
        const count = asked.receive(door.fd)
        if (count > 0) answerer.answer(server, asked, count, systemClock.monotonicMs(), tally)
        answerer.sent(asked.flush(door.fd))
        answered.receive(client.fd)
      }
      return round < ROUNDS
    },
    close: () => {
      asked.free()
      answered.free()
      closeFd(door.fd)
      closeFd(client.fd)
    },
  }
}

const LOOPBACK = { bytes: new Uint8Array([127, 0, 0, 0]), bits: 8 }
