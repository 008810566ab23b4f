import { readSome } from '../daemons/linux/descriptor-io.ts'
import { closeFd } from '../daemons/linux/open-socket.ts'
import { watchDescriptor } from '../daemons/linux/watch-descriptor.ts'
import { LineSplitter } from './child-lines.ts'

/** A child may write this much per interval; beyond it, it waits in its own pipe and harms nobody else. */
const QUOTA_BYTES = 256 * 1024
const QUOTA_MS = 20
/** How long after its end the last words of a child are waited for: a grandchild may hold the pipe for ever. */
const LAST_WORDS_MS = 500

/** Every read of this process goes through here: what is kept of it is copied at once. */
const piece = Buffer.allocUnsafeSlow(64 * 1024)

/**
 * Reads one output of a child line by line, until its end or, after `expire`, a little longer.
 *
 * @param fd a pipe, ours to close
 */
export function readOutput(
  fd: number,
  onLine: (line: string) => void,
): { readonly done: Promise<void>; expire(): void } {
  const splitter = new LineSplitter()
  const { promise: done, resolve } = Promise.withResolvers<void>()
  let quota = QUOTA_BYTES
  let pause: NodeJS.Timeout | null = null
  let last: NodeJS.Timeout | null = null
  let open = true
  const end = (): void => {
    if (!open) return
    open = false
    watch.stop()
    closeFd(fd)
    if (pause !== null) clearTimeout(pause)
    if (last !== null) clearTimeout(last)
    for (const line of splitter.end()) onLine(line)
    resolve()
  }
  const watch = watchDescriptor(fd, () => {
    const length = readSome(fd, piece)
    if (length === null) return
    if (length === 0) return end()
    for (const line of splitter.push(piece.subarray(0, length))) onLine(line)
    quota -= length
    pause ??= setTimeout(() => {
      pause = null
      quota = QUOTA_BYTES
      watch.expect({ readable: true, writable: false })
    }, QUOTA_MS)
    if (quota <= 0) watch.expect({ readable: false, writable: false })
  })
  return {
    done,
    expire: () => {
      if (open) last = setTimeout(end, LAST_WORDS_MS)
    },
  }
}
