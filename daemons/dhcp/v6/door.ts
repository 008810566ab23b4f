import { interfaceIndex } from '../../linux/interfaces.ts'
import { joinGroup } from '../../linux/multicast-group.ts'
import { openSocket } from '../../linux/open-socket.ts'
import { SystemError } from '../../linux/system-error.ts'
import type { HeldSocket } from '../../runtime/contract.ts'
import { parseAddress } from '../../wire/address.ts'
import { formatListenUrl } from '../../wire/listen-url.ts'
import type { DhcpSection } from '../section.ts'
import { SERVER_PORT } from './codes.ts'

/** One socket that DHCPv6 messages come in by. */
export interface Door6 {
  readonly socket: HeldSocket
  /** The attached network; null for relay agents alone. */
  readonly device: string | null
}

/** What clients and relay agents send to when they know no server. @rfc 8415 section 7.1 */
const GROUPS = ['ff02::1:2', 'ff05::1:3'] as const
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024

/** Whether a socket is one of DHCPv6. */
export function isDoor6({ url }: HeldSocket): boolean {
  return url.scheme === 'udp' && url.host.includes(':')
}

/** Whether the section has a subnet that DHCPv6 serves. */
export function hasDhcp6({ subnets6 }: Pick<DhcpSection, 'subnets6'>): boolean {
  return subnets6.some(({ mode }) => mode !== 'slaac')
}

/**
 * Gathers the sockets of DHCPv6. One that nobody holds for us is opened; an interface that is absent is left out.
 *
 * @throws SystemError when rights are missing
 */
export function arrangeDoors6(held: readonly HeldSocket[], section: DhcpSection): Door6[] {
  if (!hasDhcp6(section)) return []
  const doors = held.filter(isDoor6).map((socket): Door6 => ({ socket, device: deviceOf(socket) }))
  for (const device of section.interfaces) {
    if (doors.some((door) => door.device === device)) continue
    try {
      doors.push({ socket: openOwn(device), device })
    } catch (error) {
      if (!(error instanceof SystemError) || error.code !== 'ENODEV') throw error
    }
  }
  return doors
}

/**
 * Has a door hear what is for all servers. Worth repeating: an interface whose IPv6 goes and comes back, as with an MTU below
 * 1280, has forgotten who listens.
 *
 * @returns false when the interface has no IPv6
 */
export function hearGroups({ device, socket }: Door6): boolean {
  const index = device === null ? 0 : interfaceIndex(device)
  if (index === 0) return true
  try {
    for (const group of GROUPS) joinGroup(socket.fd, parseAddress(group) ?? new Uint8Array(16), index)
    return true
  } catch (error) {
    if (error instanceof SystemError) return false
    throw error
  }
}

function deviceOf({ url }: HeldSocket): string | null {
  return 'device' in url ? url.device : null
}

function openOwn(device: string): HeldSocket {
  const url = { scheme: 'udp', host: '::', device, port: SERVER_PORT } as const
  const { fd } = openSocket(url, { receiveBufferBytes: RECEIVE_BUFFER_BYTES })
  return { fd, name: formatListenUrl(url), url, probeOnly: false }
}
