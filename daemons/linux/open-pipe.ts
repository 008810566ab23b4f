import { check, declare } from './libc.ts'

const pipe2 = declare<(ends: Uint8Array, flags: number) => number>('int pipe2(void *ends, int flags)')
const socketpair = declare<(domain: number, type: number, protocol: number, ends: Uint8Array) => number>(
  'int socketpair(int domain, int type, int protocol, void *ends)',
)

const AF_UNIX = 1
/** A stream of octets, or whole messages in order with an end that is noticed. */
const KIND = { stream: 0o2000001, messages: 0o2000005 } as const
const O_CLOEXEC = 0o2000000

/** Opens a pipe; both ends block and close on exec. Throws SystemError when descriptors have run out. */
export function openPipe(): { readonly readEnd: number; readonly writeEnd: number } {
  const ends = Buffer.alloc(8)
  check(pipe2(ends, O_CLOEXEC), 'pipe2')
  return { readEnd: ends.readInt32LE(0), writeEnd: ends.readInt32LE(4) }
}

/** Opens two sockets connected to each other; both block and close on exec. Throws SystemError as `openPipe`. */
export function openSocketPair(kind: keyof typeof KIND = 'stream'): readonly [number, number] {
  const ends = Buffer.alloc(8)
  check(socketpair(AF_UNIX, KIND[kind], 0, ends), 'socketpair')
  return [ends.readInt32LE(0), ends.readInt32LE(4)]
}
