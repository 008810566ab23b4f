import { randomInt } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { closeFd, openSocket } from '../../daemons/linux/open-socket.ts'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { SystemError } from '../../daemons/linux/system-error.ts'
import type { ServiceReport } from '../control/control-protocol.ts'
import type { ProbeTarget } from '../probes/probe-target.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import { answersAtAll } from './dead-time.ts'
import { FLOOD_PROMISES } from './flood-promises.ts'
import { type Ground, watchService } from './ground.ts'
import { drillMessage } from './log-client.ts'
import { numbersOf, openClient, reachable } from './open-client.ts'
import { type DrillReport, judgeAll } from './promise.ts'
import { droppedBy } from './socket-marks.ts'
import { timeStatus } from './time-status.ts'

/** Datagrams of one flood: as fast as one sender can. */
export const FLOOD = 20_000
const CHUNK = 64
/** The daemon may work off what waits for it. */
const WORK_OFF_MS = 10_000

/** Sends more than a service can serve at that moment, asks the supervisor meanwhile, and holds the books together. */
export async function drillFlood(ground: Ground, spec: ServiceSpec): Promise<DrillReport> {
  const before = await ground.service(spec.name)
  const target = spec.probe?.protocol === 'http' ? null : reachable(before, 'udp')
  const series = randomInt(1, 2 ** 31)
  const datagrams = target === null ? null : datagramsOf(ground, spec, series)
  if (before.state !== 'ready' || target === null || datagrams === null) {
    const skipped =
      before.state === 'ready' ? 'it has no UDP socket that a client here can ask' : `it is ${before.state}`
    return { drill: 'flood', service: spec.name, promises: [], skipped }
  }
  const couldAnswer = await asks(ground, spec, before)
  const { pid } = (await ground.status()).supervisor
  const flooding = flood(target, datagrams)
  const [sent, slowestStatusMs] = await Promise.all([flooding, timeStatus(ground, pid, flooding)])
  const counted = (now: ServiceReport): boolean =>
    (receivedBetween(before, now) ?? FLOOD) + droppedBy(now) - droppedBy(before) >= FLOOD
  const after = (await watchService(ground, spec.name, WORK_OFF_MS, counted)) ?? (await ground.service(spec.name))
  return {
    drill: 'flood',
    service: spec.name,
    skipped: null,
    promises: judgeAll(FLOOD_PROMISES, {
      sent,
      received: receivedBetween(before, after),
      dropped: droppedBy(after) - droppedBy(before),
      slowestStatusMs,
      samePid: after.pid === before.pid,
      answersAfter: !couldAnswer || (await asks(ground, spec, after)),
    }),
  }
}

function datagramsOf(ground: Ground, spec: ServiceSpec, series: number): ((number: number) => Uint8Array) | null {
  if (spec.probe === null) return null
  if (spec.probe.protocol === 'syslog') return (number) => drillMessage(series, number)
  const protocol = numbersOf(ground, spec, series)
  return protocol === null ? null : (number) => protocol.encode(number)
}

/** Sends all, in portions, so that the rest of this program goes on too. */
async function flood({ host, port, family }: ProbeTarget, datagram: (number: number) => Uint8Array): Promise<number> {
  const { fd } = openSocket({ scheme: 'udp', host: family === 4 ? '0.0.0.0' : '::', device: null, port: 0 })
  try {
    for (let sent = 0; sent < FLOOD; await nextTurn())
      for (const end = Math.min(FLOOD, sent + CHUNK); sent < end; sent++)
        if (!trySend(fd, datagram(sent), { address: host, port })) break
    return FLOOD
  } finally {
    closeFd(fd)
  }
}

/** False when our own queue is full: the same datagram is sent again a moment later. */
function trySend(fd: number, bytes: Uint8Array, to: { readonly address: string; readonly port: number }): boolean {
  try {
    sendDatagram(fd, bytes, to)
    return true
  } catch (error) {
    if (error instanceof SystemError && (error.code === 'EAGAIN' || error.code === 'ENOBUFS')) return false
    throw error
  }
}

/** null when the counters began anew, with another process. */
function receivedBetween(before: ServiceReport, after: ServiceReport): number | null {
  if (after.pid !== before.pid) return null
  return (after.counters['received'] ?? 0) - (before.counters['received'] ?? 0)
}

async function asks(ground: Ground, spec: ServiceSpec, service: ServiceReport): Promise<boolean> {
  await using client = await openClient(ground, spec, service)
  return client !== null && (await answersAtAll(client))
}
