import { openPipe, openSocketPair } from '../../daemons/linux/open-pipe.ts'
import { closeFd } from '../../daemons/linux/open-socket.ts'

/** One side of all that ties a child to us: bare descriptors, which can outlive the program that opened them. */
export interface ChildPorts {
  readonly stdout: number
  readonly stderr: number
  /** The IPC channel; null for programs that are not ours. */
  readonly channel: number | null
  /** The pipe on which it writes a newline when it is ready; null when it tells otherwise. */
  readonly notify: number | null
}

/**
 * Opens both sides for a child that is to be started.
 *
 * @throws SystemError when descriptors have run out; none is left open then
 */
export function openPorts(wanted: { readonly channel: boolean; readonly notify: boolean }): {
  readonly ours: ChildPorts
  readonly theirs: ChildPorts
} {
  const opened: number[] = []
  const keep = <T extends readonly number[]>(...fds: T): T => {
    opened.push(...fds)
    return fds
  }
  const pipe = (): readonly [number, number] => {
    const { readEnd, writeEnd } = openPipe()
    return keep(readEnd, writeEnd)
  }
  try {
    const [stdout, theirStdout] = pipe()
    const [stderr, theirStderr] = pipe()
    const [channel, theirChannel] = wanted.channel ? keep(...openSocketPair()) : [null, null]
    const [notify, theirNotify] = wanted.notify ? pipe() : [null, null]
    return {
      ours: { stdout, stderr, channel, notify },
      theirs: { stdout: theirStdout, stderr: theirStderr, channel: theirChannel, notify: theirNotify },
    }
  } catch (error) {
    for (const fd of opened) closeFd(fd)
    throw error
  }
}

/** Closes one side. */
export function closePorts({ stdout, stderr, channel, notify }: ChildPorts): void {
  for (const fd of [stdout, stderr, channel, notify]) if (fd !== null) closeFd(fd)
}
