import { check, declare } from './libc.ts'
import { closeFd } from './open-socket.ts'
import { getOptionBytes, setOption } from './socket-options.ts'

const fcntl = declare<(fd: number, command: number, value: number) => number>(
  'int fcntl(int fd, int command, int value)',
)
const ioctl = declare<(fd: number, request: number, argument: Uint8Array) => number>(
  'int ioctl(int fd, ulong request, void *argument)',
)

const F_DUPFD_CLOEXEC = 1030
/** linux/sockios.h */
const SIOCOUTQ = 0x5411
/** struct tcp_info of linux/tcp.h: tcpi_bytes_acked and tcpi_snd_wnd (0 before Linux 5.4). */
const INFO_BYTES = 232
const BYTES_ACKED = 120
const SND_WND = 228

/** How far the other side's kernel has come with what we wrote to a TCP connection. */
export interface Delivery {
  /** Bytes that it has acknowledged since the connection began. */
  readonly takenBytes: number
  /** Bytes written that it has not acknowledged. */
  readonly unacknowledgedBytes: number
  /** Bytes that it would take now. */
  readonly windowBytes: number
}

/** Watches a TCP connection through a descriptor of its own, which tells the numbers also after the connection broke. */
export class StreamDelivery {
  readonly #fd: number

  /** @param fd of the connection, which somebody else owns. @throws SystemError when it is none */
  constructor(fd: number) {
    this.#fd = check(fcntl(fd, F_DUPFD_CLOEXEC, 0), 'fcntl', 'F_DUPFD_CLOEXEC')
  }

  /** Asks the kernel. @throws SystemError */
  read(): Delivery {
    const word = Buffer.alloc(8)
    // In this order the sum is never too small, should an acknowledgement come between.
    check(ioctl(this.#fd, SIOCOUTQ, word), 'ioctl', 'SIOCOUTQ')
    const info = getOptionBytes(this.#fd, 'TCP_INFO', INFO_BYTES)
    return {
      takenBytes: Number(info.readBigUInt64LE(BYTES_ACKED)),
      unacknowledgedBytes: word.readInt32LE(0),
      windowBytes: info.readUInt32LE(SND_WND),
    }
  }

  /** Has the connection break when nothing that waits was acknowledged for so long. @unit milliseconds */
  limitSilence(ms: number): void {
    setOption(this.#fd, 'TCP_USER_TIMEOUT', ms)
  }

  /** Ends the watch; the connection is not closed for the other side before. */
  close(): void {
    closeFd(this.#fd)
  }
}
