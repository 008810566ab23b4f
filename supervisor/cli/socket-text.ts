import type { SocketReport } from '../control/control-protocol.ts'
import { printable } from './printable.ts'

/** Tells what lies in a socket: `udp://0.0.0.0:514, 12.5 KiB of 8.0 MiB queued, 0 dropped`. */
export function socketText({ listen, queued_bytes, buffer_bytes, dropped, waiting, backlog }: SocketReport): string {
  const parts = [printable(listen)]
  if (queued_bytes !== null)
    parts.push(`${formatBytes(queued_bytes)}${buffer_bytes === null ? '' : ` of ${formatBytes(buffer_bytes)}`} queued`)
  if (waiting !== null) parts.push(`${waiting}${backlog === null ? '' : ` of ${backlog}`} connections waiting`)
  if (dropped !== null) parts.push(`${dropped} dropped`)
  return parts.join(', ')
}

/** Whether a socket is worth a line although nobody asked: it has lost something, or is half full. */
export function isRemarkable({ queued_bytes, buffer_bytes, dropped, waiting, backlog }: SocketReport): boolean {
  return (dropped ?? 0) > 0 || isHalfFull(queued_bytes, buffer_bytes) || isHalfFull(waiting, backlog)
}

function isHalfFull(filled: number | null, room: number | null): boolean {
  return filled !== null && room !== null && room > 0 && filled >= room / 2
}

/** Writes an amount of memory: `0 B`, `12.5 KiB`, `8.0 MiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 2 ** 20) return `${(bytes / 1024).toFixed(1)} KiB`
  return bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`
}
