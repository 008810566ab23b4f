import type { Readable } from 'node:stream'
import { LineSplitter } from './child-lines.ts'

/** A child may write this much per interval; beyond it, it waits in its own pipe and harms nobody else. */
const QUOTA_BYTES = 256 * 1024
const QUOTA_MS = 20
/** How long after its end the last words of a child are waited for: a grandchild may hold the pipe for ever. */
const LAST_WORDS_MS = 500

/** Reads one output of a child line by line, until its end or, after `expire`, a little longer. */
export function readOutput(
  stream: Readable,
  onLine: (line: string) => void,
): { readonly done: Promise<void>; expire(): void } {
  const splitter = new LineSplitter()
  let quota = QUOTA_BYTES
  let pause: NodeJS.Timeout | null = null
  let last: NodeJS.Timeout | null = null
  stream.on('data', (chunk: Buffer) => {
    for (const line of splitter.push(chunk)) onLine(line)
    quota -= chunk.length
    pause ??= setTimeout(() => {
      pause = null
      quota = QUOTA_BYTES
      stream.resume()
    }, QUOTA_MS)
    if (quota <= 0) stream.pause()
  })
  const done = new Promise<void>((resolve) => {
    stream.on('close', () => {
      for (const line of splitter.end()) onLine(line)
      if (pause !== null) clearTimeout(pause)
      if (last !== null) clearTimeout(last)
      resolve()
    })
  })
  // Reading fails only when the other end is gone, which `close` tells as well.
  stream.on('error', () => stream.destroy())
  return {
    done,
    expire: () => {
      if (!stream.closed) last = setTimeout(() => stream.destroy(), LAST_WORDS_MS)
    },
  }
}
