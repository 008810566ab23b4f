import { interfaceIndex } from '../../linux/interfaces.ts'
import { openAmid } from '../../linux/open-socket.ts'
import { SystemError } from '../../linux/system-error.ts'
import type { HeldSocket } from '../../runtime/contract.ts'
import type { ListenUrl } from '../../wire/listen-url.ts'

/** One socket that requests come in by, and how clients without an address are reached from there. */
export interface Door {
  readonly socket: HeldSocket
  /** The attached network; null for relay agents and probes. */
  readonly device: string | null
  /** Sends whole frames on the device; null for doors of relay agents. */
  readonly frameFd: number | null
}

const SERVER_PORT = 67
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024

/**
 * Pairs the held sockets to doors, and opens what an interface lacks when nobody holds it for us. An interface that is
 * absent is left out as long as there is another door.
 *
 * @throws SystemError when no door is left, or rights are missing
 */
export function arrangeDoors(held: readonly HeldSocket[], interfaces: readonly string[]): Door[] {
  const doors: Door[] = []
  let absence: SystemError | null = null
  for (const socket of held)
    if (socket.url.scheme === 'udp' && (socket.url.device === null || !interfaces.includes(socket.url.device)))
      doors.push({ socket, device: null, frameFd: null })
  for (const device of interfaces) {
    const frames = held.find(({ url }) => url.scheme === 'packet' && url.device === device)
    const requests = held.find(({ url }) => url.scheme === 'udp' && url.device === device)
    try {
      doors.push({
        socket: requests ?? openOwn({ scheme: 'udp', host: '0.0.0.0', device, port: SERVER_PORT }, held),
        device,
        frameFd: (frames ?? openOwn({ scheme: 'packet', device })).fd,
      })
    } catch (error) {
      if (!(error instanceof SystemError) || error.code !== 'ENODEV') throw error
      absence = error
    }
  }
  if (doors.length === 0 && absence !== null) throw absence
  return doors
}

/** The index of the door's interface, 0 when it is gone or there is none. */
export function doorIndex(door: Door): number {
  return door.device === null ? 0 : interfaceIndex(door.device)
}

/** @param held among which those of relay agents may have the port, too */
function openOwn(url: ListenUrl, held: readonly HeldSocket[] = []): HeldSocket {
  const others = held.filter(({ url: other }) => other.scheme === 'udp' && other.port === SERVER_PORT)
  const { fd } = openAmid(others, url, { receiveBufferBytes: RECEIVE_BUFFER_BYTES })
  const name =
    url.scheme === 'packet' ? `packet://${url.device}` : `udp://0.0.0.0%${'device' in url ? url.device : ''}:67`
  return { fd, name, url, probeOnly: false }
}
