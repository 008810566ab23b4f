import { boundInterface, interfaceIndex, interfaceName } from '../../daemons/linux/interfaces.ts'
import type { OpenedSocket } from '../../daemons/linux/open-socket.ts'

/**
 * Whether a socket is bound to an interface that is gone. The kernel never gives it anything again, also when there is
 * a new interface of the same name. Frame sockets are not bound: what they send names its interface. One that only has
 * another name now may get its own again, and the socket is as good as before then.
 */
export function isStale(opened: OpenedSocket): boolean {
  const bound = boundTo(opened)
  return bound !== null && bound.index !== bound.named && (bound.named !== 0 || interfaceName(bound.index) === null)
}

/** What the interface that a socket is bound to is called now, when that is not its name any more; else null. */
export function newNameOf(opened: OpenedSocket): string | null {
  const bound = boundTo(opened)
  return bound === null || bound.index === bound.named ? null : interfaceName(bound.index)
}

/** The index of the interface that a socket is bound to, and that of the one which has its name; null when it is not bound. */
function boundTo({ fd, url }: OpenedSocket): { readonly index: number; readonly named: number } | null {
  if ('path' in url || url.scheme === 'packet' || url.device === null) return null
  const index = boundInterface(fd)
  return index === 0 ? null : { index, named: interfaceIndex(url.device) }
}
