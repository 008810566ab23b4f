import { check, declare } from './libc.ts'
import { closeFd, openUnbound } from './open-socket.ts'
import { AF_UNIX, encodeUnixAddress } from './sockaddr.ts'

const sendto = declare<
  (fd: number, bytes: Uint8Array, length: number, flags: number, address: Uint8Array, addressLength: number) => number
>('int64 sendto(int fd, void *bytes, size_t length, int flags, void *address, uint32_t addressLength)')

const MSG_NOSIGNAL = 0x4000

/**
 * The way to whoever started us, as sd_notify(3) has it. It is opened once: a process that has no descriptor left can
 * still say that it is alive.
 */
export class NotifySender {
  readonly #fd: number
  readonly #path: string

  /** @param path value of NOTIFY_SOCKET: a path, or `@name` in the abstract name space */
  constructor(path: string) {
    this.#path = path
    this.#fd = openUnbound(AF_UNIX)
  }

  /** @param text lines such as `READY=1`; throws SystemError when nobody listens there */
  send(text: string): void {
    const address = encodeUnixAddress(this.#path)
    const bytes = Buffer.from(text)
    check(
      Number(sendto(this.#fd, bytes, bytes.length, MSG_NOSIGNAL, address.bytes, address.length)),
      'sendto',
      this.#path,
    )
  }

  close(): void {
    closeFd(this.#fd)
  }
}

/** Tells one thing and is done; see `NotifySender`. */
export function sendNotify(path: string, text: string): void {
  const sender = new NotifySender(path)
  try {
    sender.send(text)
  } finally {
    sender.close()
  }
}
