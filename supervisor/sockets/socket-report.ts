import { readAcceptQueue, readAcceptRoom, readSocketMemory } from '../../daemons/linux/socket-memory.ts'
import { formatListenUrl, isStream } from '../../daemons/wire/listen-url.ts'
import type { SocketReport } from '../control/control-protocol.ts'
import type { Kept } from './held-sockets.ts'

/**
 * Tells what lies in a held socket. The door of our own probes is no socket of the service: nothing is told of it.
 * Of a unix socket the kernel tells no queue, and it drops nothing there: the sender waits.
 */
export function reportSocket({ spec, opened: { fd, url } }: Kept): readonly SocketReport[] {
  if (spec.probeOnly) return []
  const stream = isStream(url)
  const datagrams = url.scheme === 'udp' || url.scheme === 'packet' || url.scheme === 'icmp6'
  const memory = tryRead(() => readSocketMemory(fd))
  return [
    {
      listen: formatListenUrl(url),
      queued_bytes: datagrams ? (memory?.queuedBytes ?? null) : null,
      buffer_bytes: datagrams ? (memory?.limitBytes ?? null) : null,
      dropped: memory?.drops ?? null,
      waiting: stream ? tryRead(() => readAcceptQueue(fd)) : null,
      backlog: stream ? tryRead(() => readAcceptRoom(fd)) : null,
    },
  ]
}

/** A number that this kernel does not tell is no reason to tell nothing. */
function tryRead<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}
