import { watchDescriptor } from './watch-descriptor.ts'

/**
 * Calls `onReadable` on the main loop whenever the descriptor has something to read, until stopped; see `watchDescriptor`.
 *
 * @param onReadable must not throw: the exception would have nowhere to go
 */
export function watchReadable(fd: number, onReadable: () => void): { stop(): void } {
  return watchDescriptor(fd, onReadable)
}
