import { openSocket } from '../../linux/open-socket.ts'
import { SystemError } from '../../linux/system-error.ts'
import type { HeldSocket } from '../../runtime/contract.ts'

/** One link that is told of its routers, and the socket for it. */
export interface RouterDoor {
  readonly device: string
  readonly socket: HeldSocket
}

/** The links that can be told, and why others cannot, in words. */
export interface RouterDoors {
  readonly doors: readonly RouterDoor[]
  readonly faults: readonly string[]
}

/**
 * Finds the router sockets of the attached links among the held ones, and opens them when nobody holds any for us. A link
 * that is absent, or has no IPv6, is left out; who holds sockets for us tells of it.
 *
 * @throws SystemError when rights are missing
 */
export function arrangeRouterDoors(held: readonly HeldSocket[], interfaces: readonly string[]): RouterDoors {
  const doors: RouterDoor[] = []
  const faults: string[] = []
  const isHeldForUs = held.some(({ url }) => url.scheme === 'packet' || url.scheme === 'icmp6')
  for (const device of interfaces) {
    const found = held.find(({ url }) => url.scheme === 'icmp6' && url.device === device)
    if (found !== undefined) doors.push({ device, socket: found })
    if (isHeldForUs) continue
    try {
      const { fd, url } = openSocket({ scheme: 'icmp6', device })
      doors.push({ device, socket: { fd, name: `icmp6://${device}`, url, probeOnly: false } })
    } catch (error) {
      if (!(error instanceof SystemError) || !ABSENT.has(error.code)) throw error
      faults.push(`${device} is not there, or has no IPv6: its hosts are told nothing`)
    }
  }
  return { doors, faults }
}

const ABSENT: ReadonlySet<string> = new Set(['ENODEV', 'EAFNOSUPPORT'])
