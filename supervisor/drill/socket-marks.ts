import { parseListenUrl } from '../../daemons/wire/listen-url.ts'
import type { ServiceReport } from '../control/control-protocol.ts'
import { exactInodes } from '../sockets/socket-table.ts'

/** The kernel's number of each socket that a service listens on: the same number is the very same socket. */
export type SocketMarks = ReadonlyMap<string, string>

/** Reads the numbers; frame sockets have no address to find them by and are left out. */
export function readSocketMarks({ listen }: Pick<ServiceReport, 'listen'>, proc = '/proc'): SocketMarks {
  const marks = new Map<string, string>()
  for (const text of listen) {
    const url = parseListenUrl(text)
    if (url === null || url.scheme === 'packet' || url.scheme === 'icmp6') continue
    marks.set(text, [...exactInodes(url, proc)].sort().join())
  }
  return marks
}

/** The addresses whose socket is another one than before, or gone. */
export function changedMarks(before: SocketMarks, after: SocketMarks): readonly string[] {
  return [...before].flatMap(([listen, mark]) => (mark !== '' && after.get(listen) === mark ? [] : [listen]))
}

/** Datagrams that the kernel has thrown away on the sockets of a service since they were opened. */
export function droppedBy({ sockets }: Pick<ServiceReport, 'sockets'>): number {
  return sockets.reduce((sum, { dropped }) => sum + (dropped ?? 0), 0)
}
