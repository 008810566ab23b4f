import { closeSync, constants, openSync } from 'node:fs'
import { watchDescriptor } from './watch-descriptor.ts'

/**
 * Calls back once, on a later turn, when nobody reads a pipe any more. By itself the next write alone tells it, and who waits for
 * something to write may wait for ever. So it stays where the kernel does not let us open the pipe anew: that of another user.
 *
 * @param fd the end that is written to
 * @returns ends the watch
 */
export function watchReader(fd: number, onGone: () => void): () => void {
  const own = openAnew(fd)
  if (own === null) return () => undefined
  let ended = false
  const end = (): void => {
    if (ended) return
    ended = true
    watch.stop()
    closeSync(own)
  }
  // This end can never be read: what is told is EPOLLERR, which the kernel tells unasked.
  const watch = watchDescriptor(own, () => {
    end()
    onGone()
  })
  return end
}

/** The same end with flags of its own, since the watch makes it non-blocking. */
function openAnew(fd: number): number | null {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch {
    return null
  }
}
