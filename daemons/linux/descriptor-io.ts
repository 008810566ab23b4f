import { declare, EAGAIN, EINTR, lastErrno } from './libc.ts'

const read = declare<(fd: number, bytes: Uint8Array, length: number) => number>(
  'int64 read(int fd, void *bytes, size_t length)',
)
const write = declare<(fd: number, bytes: Uint8Array, length: number) => number>(
  'int64 write(int fd, void *bytes, size_t length)',
)

/**
 * Reads what is there from a non-blocking descriptor.
 *
 * @returns the number of bytes; 0 at the end, which is also what a broken connection comes to; null = nothing there now
 */
export function readSome(fd: number, into: Uint8Array): number | null {
  const length = Number(read(fd, into, into.length))
  return length < 0 ? (isPassing(lastErrno()) ? null : 0) : length
}

/**
 * Writes as much as fits into a non-blocking descriptor.
 *
 * @returns how many bytes were taken, 0 when nothing fits now; null = nobody will ever read them
 */
export function writeSome(fd: number, bytes: Uint8Array): number | null {
  const length = Number(write(fd, bytes, bytes.length))
  return length < 0 ? (isPassing(lastErrno()) ? 0 : null) : length
}

function isPassing(errno: number): boolean {
  return errno === EAGAIN || errno === EINTR
}
