import type { Pledge } from './promise.ts'
import type { SocketMarks } from './socket-marks.ts'
import { changedMarks } from './socket-marks.ts'

/** Requests of one drill, counted by whether the daemon lived when they were sent. */
export interface RequestsSeen {
  readonly sentAlive: number
  readonly answeredAlive: number
  readonly sentDead: number
  readonly answeredDead: number
  /** Datagrams that the kernel dropped on the sockets of the service meanwhile. */
  readonly dropped: number
  /** What the new process refused under a name, such as requests that are too old to be answered. */
  readonly refused: Readonly<Record<string, number>>
}

export interface SocketsSeen {
  readonly before: SocketMarks
  readonly after: SocketMarks
}

/** Datagrams that a daemon takes out of the kernel at once: what dies with it. */
const BATCH = 256

/** The sockets outlive the process. */
export const SAME_SOCKETS: Pledge<{ readonly sockets: SocketsSeen }> = {
  promise: 'the sockets are the very same ones',
  judge: ({ sockets: { before, after } }) => {
    const changed = changedMarks(before, after)
    return changed.length === 0
      ? {
          kept: true,
          found: before.size === 0 ? 'it has none' : `${before.size}, each with the number it had in the kernel`,
        }
      : { kept: false, found: `another socket, or none, on ${changed.join(', ')}` }
  },
}

/** What is sent while nobody reads waits in the kernel, or is counted. */
export const NOTHING_LOST: Pledge<{ readonly requests: RequestsSeen | null }> = {
  promise: 'what is sent while it cannot answer is answered later, or counted',
  judge: ({ requests }) => {
    if (requests === null) return { kept: true, found: 'nothing was sent: no client of ours reaches it' }
    const { sentDead, answeredDead, dropped, refused } = requests
    const names = Object.entries(refused).filter(([, count]) => count > 0)
    const counted = names.reduce((sum, [, count]) => sum + count, dropped)
    const parts = [`${sentDead} sent`, `${answeredDead} answered`, `${dropped} dropped by the kernel`]
    return {
      kept: sentDead - answeredDead <= counted,
      found: [...parts, ...names.map(([name, count]) => `${count} counted as ${name}`)].join(', '),
    }
  },
}

/** The price of a death: what the process had in its hands. */
export const LITTLE_LOST: Pledge<{ readonly requests: RequestsSeen | null }> = {
  promise: `no more than one batch of ${BATCH} dies in its hands`,
  judge: ({ requests }) => {
    if (requests === null) return { kept: true, found: 'nothing was sent' }
    const { sentAlive, answeredAlive } = requests
    return {
      kept: sentAlive - answeredAlive <= BATCH,
      found: `${sentAlive - answeredAlive} of ${sentAlive} sent before`,
    }
  },
}
