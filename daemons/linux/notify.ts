import { check, declare } from './libc.ts'
import { closeFd, openUnbound } from './open-socket.ts'
import { AF_UNIX, encodeUnixAddress } from './sockaddr.ts'

const sendto = declare<
  (fd: number, bytes: Uint8Array, length: number, flags: number, address: Uint8Array, addressLength: number) => number
>('int64 sendto(int fd, void *bytes, size_t length, int flags, void *address, uint32_t addressLength)')

const MSG_NOSIGNAL = 0x4000

/**
 * Tells whoever started us how we are, as sd_notify(3) does.
 *
 * @param path value of NOTIFY_SOCKET: a path, or `@name` in the abstract name space
 * @param text lines such as `READY=1`
 * @throws SystemError when nobody listens there
 */
export function sendNotify(path: string, text: string): void {
  const fd = openUnbound(AF_UNIX)
  try {
    const address = encodeUnixAddress(path)
    const bytes = Buffer.from(text)
    check(Number(sendto(fd, bytes, bytes.length, MSG_NOSIGNAL, address.bytes, address.length)), 'sendto', path)
  } finally {
    closeFd(fd)
  }
}
