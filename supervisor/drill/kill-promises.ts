import type { ExitReport } from '../control/control-protocol.ts'
import type { Pledge } from './promise.ts'
import { LITTLE_LOST, NOTHING_LOST, type RequestsSeen, SAME_SOCKETS, type SocketsSeen } from './shared-promises.ts'

/** What a drill saw of a service that was killed. */
export interface KillSeen {
  /** From the signal to the next `ready`, as seen from outside; null = it did not come back in time. */
  readonly backAfterMs: number | null
  readonly limitMs: number
  readonly lastExit: ExitReport | null
  readonly sockets: SocketsSeen
  readonly requests: RequestsSeen | null
}

/** What a SIGKILL may cost. */
export const KILL_PROMISES: readonly Pledge<KillSeen>[] = [
  {
    promise: 'it serves again in time',
    judge: ({ backAfterMs, limitMs }) =>
      backAfterMs === null
        ? { kept: false, found: `not within ${limitMs} ms` }
        : { kept: backAfterMs <= limitMs, found: `after ${Math.round(backAfterMs)} ms of ${limitMs} allowed` },
  },
  SAME_SOCKETS,
  NOTHING_LOST,
  LITTLE_LOST,
  {
    promise: 'the report names the cause, the gap, what waited and what was dropped',
    judge: ({ lastExit, sockets }) => {
      if (lastExit === null) return { kept: false, found: 'no exit is reported' }
      const { signal, reason, gap_ms, queued, dropped } = lastExit
      const counted = sockets.before.size === 0 || (queued !== null && dropped !== null)
      return {
        kept: signal === 'SIGKILL' && reason === 'signal' && gap_ms !== null && counted,
        found: `${signal ?? 'no signal'}, reason ${reason}, gap ${gap_ms ?? 'unknown'} ms, ${queued ?? 'unknown'} waited, ${dropped ?? 'unknown'} dropped`,
      }
    },
  },
]
