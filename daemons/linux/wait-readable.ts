import { check, declare, EINTR, lastErrno } from './libc.ts'
import { Pinned } from './pinned.ts'

const poll = declare<(descriptors: bigint, count: number, timeout: number) => number>(
  'int poll(void *descriptors, ulong count, int timeout)',
)

const POLLIN = 1
/** struct pollfd: i32 fd, i16 events, i16 revents. */
const POLLFD_BYTES = 8

/** Waits for descriptors by blocking its thread: for threads that do nothing else, never for the main one. */
export class ReadableWait {
  readonly #entries: Pinned
  readonly #count: number

  constructor(fds: readonly number[]) {
    this.#count = fds.length
    this.#entries = new Pinned(fds.length * POLLFD_BYTES)
    for (const [index, fd] of fds.entries()) {
      this.#entries.bytes.writeInt32LE(fd, index * POLLFD_BYTES)
      this.#entries.bytes.writeInt16LE(POLLIN, index * POLLFD_BYTES + 4)
    }
  }

  /** Returns when one of them can be read, or has something in its error queue, or the time is over. @throws SystemError */
  wait(timeoutMs: number): void {
    const result = poll(this.#entries.address, this.#count, timeoutMs)
    if (result < 0 && lastErrno() !== EINTR) check(result, 'poll')
  }

  /** Whether the descriptor with this index has something, as of the last wait. */
  isReady(index: number): boolean {
    return this.#entries.bytes.readInt16LE(index * POLLFD_BYTES + 6) !== 0
  }

  free(): void {
    this.#entries.free()
  }
}
