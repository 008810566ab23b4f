import { readSync } from 'node:fs'

/**
 * Reads from a place in a file.
 *
 * @param into is used when it has room
 * @returns less than `length` bytes only where the file ends
 */
export function readAt(fd: number, position: number, length: number, into?: Buffer): Buffer {
  const bytes = into !== undefined && into.length >= length ? into : Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const count = readSync(fd, bytes, filled, length - filled, position + filled)
    if (count === 0) break
    filled += count
  }
  return bytes.subarray(0, filled)
}
