import { openSocket } from '../../linux/open-socket.ts'
import { SystemError } from '../../linux/system-error.ts'
import type { HeldSocket } from '../../runtime/contract.ts'

/** One link that is told of its routers, and the socket for it. */
export interface RouterDoor {
  readonly device: string
  readonly socket: HeldSocket
}

/**
 * Finds the router sockets of the attached links among the held ones, and opens them when nobody holds any for us. A link
 * that is absent, or has no IPv6, is left out.
 *
 * @throws SystemError when rights are missing
 */
export function arrangeRouterDoors(held: readonly HeldSocket[], interfaces: readonly string[]): readonly RouterDoor[] {
  return interfaces.flatMap((device): RouterDoor[] => {
    const found = held.find(({ url }) => url.scheme === 'icmp6' && url.device === device)
    if (found !== undefined) return [{ device, socket: found }]
    // Who holds sockets for us holds all that can be had.
    if (held.some(({ url }) => url.scheme === 'packet')) return []
    try {
      const { fd, url } = openSocket({ scheme: 'icmp6', device })
      return [{ device, socket: { fd, name: `icmp6://${device}`, url, probeOnly: false } }]
    } catch (error) {
      if (error instanceof SystemError && ABSENT.has(error.code)) return []
      throw error
    }
  })
}

const ABSENT: ReadonlySet<string> = new Set(['ENODEV', 'EAFNOSUPPORT'])
