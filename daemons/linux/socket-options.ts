import { check, declare, lastErrno, systemError } from './libc.ts'

/** setsockopt and getsockopt with the few options that Node does not offer (asm-generic/socket.h, linux/in.h). */

const setsockopt = declare<(fd: number, level: number, name: number, value: Uint8Array, length: number) => number>(
  'int setsockopt(int fd, int level, int name, void *value, uint32_t length)',
)
const getsockopt = declare<(fd: number, level: number, name: number, value: Uint8Array, length: Uint8Array) => number>(
  'int getsockopt(int fd, int level, int name, void *value, void *length)',
)

const SOL_SOCKET = 1
const IPPROTO_IP = 0
const IPPROTO_TCP = 6
const IPPROTO_UDP = 17
const IPPROTO_IPV6 = 41
const IPPROTO_ICMPV6 = 58
const SOL_PACKET = 263

/** Level and number of each option. */
export const OPTION = {
  SO_REUSEADDR: [SOL_SOCKET, 2],
  SO_TYPE: [SOL_SOCKET, 3],
  SO_BROADCAST: [SOL_SOCKET, 6],
  SO_RCVBUF: [SOL_SOCKET, 8],
  SO_REUSEPORT: [SOL_SOCKET, 15],
  SO_PASSCRED: [SOL_SOCKET, 16],
  SO_BINDTODEVICE: [SOL_SOCKET, 25],
  SO_ATTACH_FILTER: [SOL_SOCKET, 26],
  SO_RCVBUFFORCE: [SOL_SOCKET, 33],
  SO_TIMESTAMPNS: [SOL_SOCKET, 35],
  SO_TIMESTAMPING: [SOL_SOCKET, 37],
  SO_RXQ_OVFL: [SOL_SOCKET, 40],
  SO_SELECT_ERR_QUEUE: [SOL_SOCKET, 45],
  SO_ATTACH_REUSEPORT_CBPF: [SOL_SOCKET, 51],
  SO_MEMINFO: [SOL_SOCKET, 55],
  SO_BINDTOIFINDEX: [SOL_SOCKET, 62],
  PACKET_IGNORE_OUTGOING: [SOL_PACKET, 23],
  IP_PKTINFO: [IPPROTO_IP, 8],
  IP_MTU_DISCOVER: [IPPROTO_IP, 10],
  IPV6_UNICAST_HOPS: [IPPROTO_IPV6, 16],
  IPV6_MULTICAST_HOPS: [IPPROTO_IPV6, 18],
  IPV6_MULTICAST_LOOP: [IPPROTO_IPV6, 19],
  IPV6_ADD_MEMBERSHIP: [IPPROTO_IPV6, 20],
  IPV6_V6ONLY: [IPPROTO_IPV6, 26],
  IPV6_RECVPKTINFO: [IPPROTO_IPV6, 49],
  IPV6_RECVHOPLIMIT: [IPPROTO_IPV6, 51],
  ICMPV6_FILTER: [IPPROTO_ICMPV6, 1],
  TCP_INFO: [IPPROTO_TCP, 11],
  TCP_USER_TIMEOUT: [IPPROTO_TCP, 18],
  UDP_SEGMENT: [IPPROTO_UDP, 103],
} as const satisfies Record<string, readonly [number, number]>

export type OptionName = keyof typeof OPTION

/** Sets an option of type int. */
export function setOption(fd: number, name: OptionName, value: number): void {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  setOptionBytes(fd, name, bytes)
}

/** Sets an option whose value is bytes. */
export function setOptionBytes(fd: number, name: OptionName, value: Buffer): void {
  const [level, number] = OPTION[name]
  check(setsockopt(fd, level, number, value, value.length), 'setsockopt', name)
}

/** Reads an option of type int. */
export function getOption(fd: number, name: OptionName): number {
  return getOptionBytes(fd, name, 4).readInt32LE(0)
}

/** Reads up to `size` bytes of an option; what the kernel does not know stays zero. */
export function getOptionBytes(fd: number, name: OptionName, size: number): Buffer {
  const [level, number] = OPTION[name]
  const value = Buffer.alloc(size)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(size)
  if (getsockopt(fd, level, number, value, length) < 0) throw systemError(lastErrno(), 'getsockopt', name)
  return value
}

/**
 * Asks for a receive buffer beyond `rmem_max` where our rights allow it (SO_RCVBUFFORCE), else up to it.
 *
 * @returns bytes usable for what waits, read back from the kernel (which keeps twice the number for its own use)
 */
export function growReceiveBuffer(fd: number, bytes: number): number {
  try {
    setOption(fd, 'SO_RCVBUFFORCE', bytes)
  } catch {
    setOption(fd, 'SO_RCVBUF', bytes)
  }
  return getOption(fd, 'SO_RCVBUF') / 2
}
