import { RECEIVE_BUFFER_BYTES } from '../sockets/receive-buffer.ts'
import type { Facts } from './facts.ts'
import { type Finding, findingsOf } from './finding.ts'

const buffers = findingsOf(
  'rmem_max',
  'what a receive buffer cannot hold while a daemon restarts or is busy, the kernel drops',
)
const backlog = findingsOf('somaxconn', 'connections that find no room while a daemon restarts are refused')
const unixQueue = findingsOf(
  'max_dgram_qlen',
  'programs of this machine that log stand still while that many messages wait',
)

/** Connections that our listening sockets ask room for. */
const BACKLOG = 1024
/** What systemd sets, and local programs expect. */
const UNIX_QUEUE = 512

/** How much may wait in the held sockets. */
export function checkBuffers(facts: Pick<Facts, 'kernel' | 'configuration' | 'supervisor'>): readonly Finding[] {
  const { somaxconn, unixQueue: room } = facts.kernel
  const schemes = new Set(
    facts.configuration.kind === 'ok'
      ? facts.configuration.specs.flatMap(({ sockets }) => sockets.map(({ url }) => url.scheme))
      : [],
  )
  const findings: Finding[] = []
  if (schemes.has('udp')) findings.push(...checkReceiveBuffer(facts))
  if ((schemes.has('tcp') || schemes.has('unix-stream')) && somaxconn !== null)
    findings.push(
      somaxconn < BACKLOG
        ? backlog.warn(`${somaxconn} connections may wait, not ${BACKLOG}`, persistent('net.core.somaxconn', BACKLOG))
        : backlog.ok(`${somaxconn} connections may wait`),
    )
  if (schemes.has('unix') && room !== null)
    findings.push(
      room < UNIX_QUEUE
        ? unixQueue.warn(
            `${room} local messages may wait, not ${UNIX_QUEUE}`,
            persistent('net.unix.max_dgram_qlen', UNIX_QUEUE),
          )
        : unixQueue.ok(`${room} local messages may wait`),
    )
  return findings
}

function checkReceiveBuffer({ kernel, supervisor }: Pick<Facts, 'kernel' | 'supervisor'>): readonly Finding[] {
  const { rmemMax, grantedBytes } = kernel
  const running = smallestRunning(supervisor)
  const bytes = running ?? grantedBytes
  if (bytes === null) return []
  const who = running === null ? 'a socket gets' : 'the sockets of the running supervisor have'
  if (bytes >= RECEIVE_BUFFER_BYTES) {
    const moot =
      rmemMax !== null && rmemMax < RECEIVE_BUFFER_BYTES
        ? `, by its rights and against net.core.rmem_max = ${rmemMax}`
        : ''
    return [buffers.ok(`${who} ${bytes} bytes${moot}`)]
  }
  const after = running === null ? '' : ', then start lanward anew: held sockets keep their buffer'
  return [
    buffers.warn(
      `${who} ${bytes} bytes of receive buffer, not ${RECEIVE_BUFFER_BYTES}`,
      `${persistent('net.core.rmem_max', RECEIVE_BUFFER_BYTES)}${after}`,
    ),
  ]
}

/** The kernel counts double, for its own bookkeeping. */
function smallestRunning(supervisor: Facts['supervisor']): number | null {
  if (supervisor.kind !== 'running') return null
  const sizes = supervisor.report.services
    .flatMap(({ sockets }) => sockets ?? [])
    .flatMap(({ listen, buffer_bytes }) =>
      listen.startsWith('udp:') && buffer_bytes !== null ? [buffer_bytes / 2] : [],
    )
  return sizes.length === 0 ? null : Math.min(...sizes)
}

/** Sets a kernel setting now and at each start of the machine. */
function persistent(name: string, value: number): string {
  return `echo '${name} = ${value}' >> /etc/sysctl.d/60-lanward.conf && sysctl -p /etc/sysctl.d/60-lanward.conf`
}
