import { fstatSync, write } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'

const writeSome = promisify(write)
/** How long a pipe that is full and does not let us wait is left alone. */
const FULL_MS = 5

/**
 * The descriptor of a stream that is a pipe, made blocking, so that another thread can wait at it: a pipe takes 64 KiB at a time, and a
 * stream comes round to it only between two turns of our work.
 *
 * @returns null when it is none, or Node does not let us
 */
export function pipeOf(stream: NodeJS.WritableStream): number | null {
  if (!('fd' in stream) || typeof stream.fd !== 'number' || !('_handle' in stream)) return null
  const handle = stream._handle
  const isBlockable = typeof handle === 'object' && handle !== null && 'setBlocking' in handle
  if (!isBlockable || typeof handle.setBlocking !== 'function' || !fstatSync(stream.fd).isFIFO()) return null
  return handle.setBlocking(true) === 0 ? stream.fd : null
}

/**
 * Writes all of it, in another thread. Whoever shares the pipe may have made it non-blocking again: then it is asked anew until there
 * is room.
 *
 * @throws Error EPIPE when the reader has gone
 */
export async function writeAll(fd: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    try {
      const { bytesWritten } = await writeSome(fd, bytes, at)
      at += bytesWritten
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
      await pause(FULL_MS)
    }
  }
}
