import { randomInt } from 'node:crypto'
import { pino } from 'pino'
import { closeFd, openSocket } from '../../linux/open-socket.ts'
import { readWallTime } from '../../linux/wall-time.ts'
import { serveDatagrams } from '../../runtime/serve-datagrams.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import { formatAddress } from '../../wire/address.ts'
import { formatListenUrl, type ListenUrl } from '../../wire/listen-url.ts'
import { BatchAnswerer } from '../answer-batch.ts'
import { Authenticator } from '../auth/authenticator.ts'
import { KeyRing } from '../auth/key-ring.ts'
import { ClientTable } from '../client-table.ts'
import { beginDrill, DRIL, describeFault, type Fault } from '../drill/fault.ts'
import { DepartureMemory } from '../interleaved/departure-memory.ts'
import { Interleaver } from '../interleaved/interleaver.ts'
import { createTally, toCounters } from '../outcome.ts'
import { Random32 } from '../random32.ts'
import { readRules, type TimeServer } from '../respond.ts'
import { ServedClock } from '../served-clock.ts'

const SLOTS = 32
const SLOT_BYTES = 1152
const PRECISION = -20

/** What happens in a drill, each a line for people or for programs. */
export type DrillEvent =
  | { readonly event: 'serving'; readonly listen: string; readonly fault: string; readonly stratum: number }
  | { readonly event: 'stepped' | 'leaped'; readonly seconds: number }
  | { readonly event: 'client'; readonly address: string }
  | { readonly event: 'ended'; readonly answered: number; readonly clients: number }

/**
 * Serves a wrong time on a socket of its own until it is stopped. Its replies carry the reference id DRIL.
 *
 * @param url where to listen; a port of 0 is chosen
 * @param allow prefixes whose clients are answered
 * @throws SystemError when it cannot listen there
 */
export async function main(
  url: ListenUrl,
  fault: Fault,
  allow: readonly string[],
  stratum: number,
  stop: AbortSignal,
  tell: (event: DrillEvent) => void,
): Promise<void> {
  const opened = openSocket(url)
  const listen = formatListenUrl(opened.url)
  const section = {
    listen: [listen],
    clock: 'local',
    localStratum: stratum,
    kernelStratum: stratum,
    smear: false,
  } as const
  const settings = { ...section, instances: 1, allow, rateLimit: null, sources: [] }
  const clock = new ServedClock(settings, PRECISION, () => null)
  clock.ownReferenceId = DRIL
  clock.setOwn(settings)
  const server: TimeServer = {
    clock,
    random: new Random32(randomInt(2 ** 32)),
    clients: new ClientTable(4096, randomInt(2 ** 32)),
    authenticator: new Authenticator(new KeyRing(null), null),
    interleaver: new Interleaver(new DepartureMemory(1024, randomInt(2 ** 32))),
    probe: null,
    ...readRules(settings),
  }
  const time = beginDrill(fault, Number(systemClock.wallNs()) / 1e9)
  clock.shiftSeconds = time.shiftSeconds
  clock.planLeap(time.plan, true)
  const tally = createTally()
  const answerer = new BatchAnswerer(SLOTS, readWallTime)
  const known = new Set<string>()
  const served = serveDatagrams({
    socket: { fd: opened.fd, name: listen, url: opened.url, probeOnly: false },
    slots: SLOTS,
    slotBytes: SLOT_BYTES,
    log: pino({ enabled: false }),
    clock: systemClock,
    onDeparture: (bytes, offset, length, seconds, nanoseconds) =>
      server.interleaver.left(clock, bytes, offset, length, seconds, nanoseconds),
    onBatch: (batch, count) => {
      answerer.answer(server, batch, count, systemClock.monotonicMs(), tally)
      for (const { address } of server.clients.clients > known.size
        ? server.clients.newest(SLOTS, systemClock.monotonicMs())
        : []) {
        const text = formatAddress(address)
        if (!known.has(text)) tell({ event: 'client', address: text })
        known.add(text)
      }
    },
  })
  tell({ event: 'serving', listen, fault: describeFault(fault), stratum })
  const timer = setTimeout(() => {
    if (fault.step !== null) {
      clock.shiftSeconds += fault.step
      tell({ event: 'stepped', seconds: fault.step })
    }
    if (time.plan !== null) {
      // The served time has taken it by itself; from here on it is a part of what is added.
      clock.planLeap(null, true)
      clock.shiftSeconds += time.plan.by
      tell({ event: 'leaped', seconds: time.plan.by })
    }
  }, fault.inSeconds * 1000)
  if (fault.step === null && fault.leap === null) clearTimeout(timer)
  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve()
    else stop.addEventListener('abort', () => resolve(), { once: true })
  })
  clearTimeout(timer)
  served.close()
  closeFd(opened.fd)
  tell({ event: 'ended', answered: toCounters(tally)['answered'] ?? 0, clients: server.clients.clients })
}
