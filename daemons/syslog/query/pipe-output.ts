import { fstatSync, write } from 'node:fs'
import { promisify } from 'node:util'

const writeSome = promisify(write)

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

/** Writes all of it, in another thread. @throws Error EPIPE when the reader has gone */
export async function writeAll(fd: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await writeSome(fd, bytes, at)
    at += bytesWritten
  }
}
