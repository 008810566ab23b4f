import { readKernelClock } from '../../daemons/linux/kernel-clock.ts'
import { closeFd, openSocket } from '../../daemons/linux/open-socket.ts'
import { getResourceLimit } from '../../daemons/linux/process-control.ts'
import { SystemError } from '../../daemons/linux/system-error.ts'
import type { ListenUrl } from '../../daemons/wire/listen-url.ts'

export { findPortHolder } from '../sockets/port-holder.ts'

import { RECEIVE_BUFFER_BYTES } from '../sockets/receive-buffer.ts'
import type { SocketFact } from './facts.ts'

/*
 * What needs system calls of our own. Loaded apart, since a machine on which they cannot be made is one of those that
 * the doctor is called to.
 */

/**
 * Opens a socket and closes it at once: the kernel knows best what stands in the way. Never for a unix socket, whose
 * path would be taken from its owner.
 */
export function trySocket(url: ListenUrl): SocketFact['trial'] {
  if ('path' in url) return 'untried'
  try {
    closeFd(openSocket(url).fd)
    return 'free'
  } catch (error) {
    const code = error instanceof SystemError ? error.code : ''
    return { code, message: error instanceof Error ? error.message : String(error) }
  }
}

/** The receive buffer that a socket of ours gets on this machine with these rights; null when it gets no socket. */
export function grantedReceiveBuffer(): number | null {
  try {
    const { fd, receiveBufferBytes } = openSocket(
      { scheme: 'udp', host: '127.0.0.1', device: null, port: 0 },
      { receiveBufferBytes: RECEIVE_BUFFER_BYTES },
    )
    closeFd(fd)
    return receiveBufferBytes
  } catch {
    return null
  }
}

/** Whether somebody keeps the clock right, as far as the kernel knows. */
export function isClockSynchronised(): boolean | null {
  try {
    return readKernelClock().synchronised
  } catch {
    return null
  }
}

/** How many files and connections a process started from here may have. Node raises the soft limit to the hard one. */
export function descriptorLimit(): number {
  return getResourceLimit('nofile')[1]
}
