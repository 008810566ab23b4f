import { boundInterface, interfaceIndex } from '../../daemons/linux/interfaces.ts'
import type { OpenedSocket } from '../../daemons/linux/open-socket.ts'

/**
 * Whether a socket is bound to an interface that is gone. The kernel never gives it anything again, also when there is
 * a new interface of the same name. Frame sockets are not bound: what they send names its interface.
 */
export function isStale({ fd, url }: OpenedSocket): boolean {
  if ('path' in url || url.scheme === 'packet' || url.device === null) return false
  const bound = boundInterface(fd)
  return bound !== 0 && bound !== interfaceIndex(url.device)
}
