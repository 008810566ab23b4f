import { systemError } from './libc.ts'
import { joinGroup } from './multicast-group.ts'
import { setOption, setOptionBytes } from './socket-options.ts'

const ALL_ROUTERS = Buffer.from('ff020000000000000000000000000002', 'hex')
/** What is not sent off the link has this hop limit, which no router lets by (RFC 4861 section 11.2). */
const HOP_LIMIT = 255
const ROUTER_SOLICITATION = 133
const ROUTER_ADVERTISEMENT = 134
const NEIGHBOUR_ADVERTISEMENT = 136
const ENODEV = 19

/**
 * Makes a raw ICMPv6 socket one of a router on the link of an interface: it hears solicitations, and the advertisements of
 * other routers and of neighbours, with their hop limits, nothing else, and not itself. The kernel writes and checks the
 * checksums.
 *
 * @rfc 3542 sections 3.2 (filter), 6.3 (hop limit); 4861 section 4.2
 * @throws SystemError ENODEV when the interface has no IPv6
 */
export function prepareRouterSocket(fd: number, device: string, interfaceIndex: number): void {
  setOptionBytes(fd, 'SO_BINDTODEVICE', Buffer.from(`${device}\0`))
  setOptionBytes(fd, 'ICMPV6_FILTER', passOnly([ROUTER_SOLICITATION, ROUTER_ADVERTISEMENT, NEIGHBOUR_ADVERTISEMENT]))
  setOption(fd, 'IPV6_RECVHOPLIMIT', 1)
  setOption(fd, 'IPV6_UNICAST_HOPS', HOP_LIMIT)
  setOption(fd, 'IPV6_MULTICAST_HOPS', HOP_LIMIT)
  setOption(fd, 'IPV6_MULTICAST_LOOP', 0)
  try {
    joinGroup(fd, ALL_ROUTERS, interfaceIndex)
  } catch {
    // The kernel calls it an invalid argument.
    throw systemError(ENODEV, 'setsockopt', `IPV6_ADD_MEMBERSHIP ${device}`)
  }
}

/** struct icmp6_filter of linux/icmpv6.h: one bit for each type, set for those that are kept out. */
function passOnly(types: readonly number[]): Buffer {
  const filter = Buffer.alloc(32, 0xff)
  for (const type of types) {
    const at = 4 * (type >> 5)
    filter.writeUInt32LE((filter.readUInt32LE(at) & ~(1 << (type & 31))) >>> 0, at)
  }
  return filter
}
