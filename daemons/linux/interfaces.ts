import { check, declare } from './libc.ts'
import { getOption } from './socket-options.ts'
import { SystemError } from './system-error.ts'

const if_nametoindex = declare<(name: string) => number>('uint if_nametoindex(const char *name)')
const if_indextoname = declare<(index: number, name: Uint8Array) => unknown>(
  'void *if_indextoname(uint index, void *name)',
)
const ioctl = declare<(fd: number, request: number, argument: Uint8Array) => number>(
  'int ioctl(int fd, ulong request, void *argument)',
)

const SIOCGIFFLAGS = 0x8913
/** struct ifreq of linux/if.h: a name of up to 15 octets, then the answer. */
const IFREQ_BYTES = 40
const FLAGS_AT = 16
const IFF_UP = 0x01
const IFF_RUNNING = 0x40

/** `unplugged`: switched on, but nothing is at the other end of the cable. */
export type InterfaceState = 'absent' | 'down' | 'unplugged' | 'running'

/** The index of a network interface, 0 when there is none of that name. */
export function interfaceIndex(name: string): number {
  return if_nametoindex(name)
}

/** The name of a network interface by its index; null when there is none. */
export function interfaceName(index: number): string | null {
  const name = Buffer.alloc(FLAGS_AT)
  return if_indextoname(index, name) === null ? null : name.toString('latin1', 0, name.indexOf(0))
}

/**
 * The index of the interface that a socket is bound to; 0 when it is bound to none, or the kernel does not tell (before
 * 5.0). It stays when the interface goes, and such a socket gets nothing any more: a new interface of the same name has
 * another index.
 */
export function boundInterface(fd: number): number {
  try {
    return getOption(fd, 'SO_BINDTOIFINDEX')
  } catch {
    return 0
  }
}

/**
 * Looks how a network interface is.
 *
 * @param fd any Internet or frame socket; its network namespace is the one looked at
 */
export function readInterfaceState(fd: number, name: string): InterfaceState {
  const request = Buffer.alloc(IFREQ_BYTES)
  request.write(name.slice(0, FLAGS_AT - 1), 'latin1')
  try {
    check(ioctl(fd, SIOCGIFFLAGS, request), 'ioctl', name)
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENODEV') return 'absent'
    throw error
  }
  const flags = request.readUInt16LE(FLAGS_AT)
  if ((flags & IFF_UP) === 0) return 'down'
  return (flags & IFF_RUNNING) === 0 ? 'unplugged' : 'running'
}
