import type { Socket } from 'node:net'
import { type RequestLine, readRequestLine } from './request-line.ts'

/** What a connection turned out to be; after `full` all octets are back in the socket, unread. */
export interface PeekedConnection {
  readonly onFull: (socket: Socket) => void
  readonly onSimple: (socket: Socket, target: string) => void
  readonly onBad: (socket: Socket) => void
}

/**
 * Reads just enough of a new connection to know who should serve it. A connection that does not get that far in
 * `limitMs` is closed.
 */
export function peekConnection(socket: Socket, limitMs: number, then: PeekedConnection): void {
  let held = Buffer.alloc(0)
  const timer = setTimeout(() => socket.destroy(), limitMs)
  const settle = (): void => {
    clearTimeout(timer)
    socket.off('readable', look)
    socket.off('end', ended)
    socket.off('close', settle)
    socket.off('error', fail)
  }
  const decide = (line: Exclude<RequestLine, 'more'>): void => {
    settle()
    if (line === 'full') {
      socket.unshift(held)
      then.onFull(socket)
    } else if (line === 'bad') then.onBad(socket)
    else then.onSimple(socket, line.target)
  }
  const look = (): void => {
    for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) {
      held = Buffer.concat([held, chunk])
      const line = readRequestLine(held)
      if (line !== 'more') {
        decide(line)
        return
      }
    }
  }
  const ended = (): void => {
    settle()
    if (held.length === 0) socket.destroy()
    else then.onBad(socket)
  }
  const fail = (): void => {
    socket.destroy()
  }
  socket.on('readable', look)
  socket.on('end', ended)
  socket.on('close', settle)
  socket.on('error', fail)
}
