import { getOptionBytes } from './socket-options.ts'

export interface SocketMemory {
  /** Kernel memory that waiting datagrams take, their bookkeeping included. */
  readonly queuedBytes: number
  readonly limitBytes: number
  /** Datagrams the kernel threw away on this socket since it was opened. */
  readonly drops: number
}

/** Reads SO_MEMINFO: nine 32-bit counters, linux/sock_diag.h. */
export function readSocketMemory(fd: number): SocketMemory {
  const words = getOptionBytes(fd, 'SO_MEMINFO', 36)
  return { queuedBytes: words.readUInt32LE(0), limitBytes: words.readUInt32LE(4), drops: words.readUInt32LE(32) }
}

/** Counts the connections that wait to be accepted on a listening TCP socket (tcpi_unacked of TCP_INFO). */
export function readAcceptQueue(fd: number): number {
  return getOptionBytes(fd, 'TCP_INFO', 104).readUInt32LE(24)
}

/** How many connections may wait there: what was asked for, or `net.core.somaxconn` if that is less (tcpi_sacked). */
export function readAcceptRoom(fd: number): number {
  return getOptionBytes(fd, 'TCP_INFO', 104).readUInt32LE(28)
}
