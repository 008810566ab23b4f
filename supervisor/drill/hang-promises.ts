import type { ExitReport } from '../control/control-protocol.ts'
import type { Pledge } from './promise.ts'
import { NOTHING_LOST, type RequestsSeen, SAME_SOCKETS, type SocketsSeen } from './shared-promises.ts'

/** What a drill saw of a service whose process stood still. */
export interface HangSeen {
  /** From the standstill to the next `ready`; null = nobody noticed in time. */
  readonly backAfterMs: number | null
  readonly limitMs: number
  readonly lastExit: ExitReport | null
  readonly sockets: SocketsSeen
  readonly requests: RequestsSeen | null
}

/** What is done about a process that lives and does nothing. */
export const HANG_PROMISES: readonly Pledge<HangSeen>[] = [
  {
    promise: 'it is found out and replaced in time',
    judge: ({ backAfterMs, limitMs }) =>
      backAfterMs === null
        ? { kept: false, found: `not within ${seconds(limitMs)}` }
        : { kept: backAfterMs <= limitMs, found: `after ${seconds(backAfterMs)} of ${seconds(limitMs)} allowed` },
  },
  {
    promise: 'the report names who found it out',
    judge: ({ lastExit }) => {
      const reason = lastExit?.reason ?? 'none'
      return { kept: reason === 'watchdog' || reason === 'probe', found: `reason ${reason}` }
    },
  },
  SAME_SOCKETS,
  NOTHING_LOST,
]

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
