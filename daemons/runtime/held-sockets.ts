import { openBeside, openSocket } from '../linux/open-socket.ts'
import { socketUrl } from '../linux/socket-url.ts'
import { formatListenUrl, parseListenUrl } from '../wire/listen-url.ts'
import type { HeldSocket } from './contract.ts'

/** The first passed descriptor, as sd_listen_fds(3) fixes it. */
const FIRST_FD = 3

const PROBE_SUFFIX = '#probe'

/** 4 MiB held 6,000 datagrams through a restart, the usual default about 200. */
export const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024

export interface ListenEnvironment {
  readonly LISTEN_FDS?: string | undefined
  readonly LISTEN_FDNAMES?: string | undefined
  readonly LISTEN_PID?: string | undefined
}

/**
 * Takes the sockets that the supervisor or systemd holds for us (LISTEN_FDS, from descriptor 3 on). Names are listen
 * URLs with `:` written `%3A`, since systemd parts names by `:`; `#probe` at the end marks the probe's own door. A
 * `.socket` unit has one name for all its sockets, by default its own: then the kernel tells where each listens.
 *
 * @param fds where they are instead, for a process that was handed them while it ran
 * @returns null when no sockets were passed
 * @throws Error when neither the name nor the kernel tells a listen URL
 */
export function takeHeldSockets(
  environment: ListenEnvironment,
  pid: number,
  fds: readonly number[] | null = null,
): readonly HeldSocket[] | null {
  const count = Number(environment.LISTEN_FDS ?? 0)
  if (!Number.isInteger(count) || count < 1) return null
  if (environment.LISTEN_PID !== undefined && Number(environment.LISTEN_PID) !== pid) return null
  const names = (environment.LISTEN_FDNAMES ?? '').split(':')
  return Array.from({ length: count }, (_, index) =>
    readHeldSocket(fds?.[index] ?? FIRST_FD + index, (names[index] ?? '').replaceAll('%3A', ':')),
  )
}

function readHeldSocket(fd: number, text: string): HeldSocket {
  const probeOnly = text.endsWith(PROBE_SUFFIX)
  const name = probeOnly ? text.slice(0, -PROBE_SUFFIX.length) : text
  const named = parseListenUrl(name)
  if (named !== null) return { fd, name, url: named, probeOnly }
  const url = socketUrl(fd)
  if (url === null)
    throw new Error(`cannot use passed descriptor ${fd}: its name "${text}" is no listen URL, and it is no such socket`)
  return { fd, name: formatListenUrl(url), url, probeOnly: false }
}

/** Opens our own sockets, for a daemon that runs without anybody holding them. @param instances sockets of each UDP address */
export function openOwnSockets(listen: readonly string[], instances = 1): readonly HeldSocket[] {
  return listen.flatMap((name) => {
    const url = parseListenUrl(name)
    if (url === null) throw new Error(`cannot listen on "${name}": no listen URL`)
    const first = openSocket(url, { receiveBufferBytes: RECEIVE_BUFFER_BYTES })
    const others = Array.from({ length: url.scheme === 'udp' ? instances - 1 : 0 }, () =>
      openBeside(first, { receiveBufferBytes: RECEIVE_BUFFER_BYTES }),
    )
    return [first, ...others].map(({ fd }) => ({ fd, name, url, probeOnly: false }))
  })
}

/** Writes the name of a passed socket as `takeHeldSockets` reads it. */
export function formatSocketName(name: string, probeOnly: boolean): string {
  return `${name}${probeOnly ? PROBE_SUFFIX : ''}`.replaceAll(':', '%3A')
}
