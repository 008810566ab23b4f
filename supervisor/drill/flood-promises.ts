import type { Pledge } from './promise.ts'

/** What a drill saw of a service that got more than it could serve. */
export interface FloodSeen {
  readonly sent: number
  /** What the daemon counted as received meanwhile, from us and from others; null when its counters began anew. */
  readonly received: number | null
  /** What the kernel counted as dropped on its sockets meanwhile. */
  readonly dropped: number
  /** The longest that `status` took meanwhile, without the time for which the machine did not let the supervisor run. */
  readonly slowestStatusMs: number
  readonly samePid: boolean
  /** Whether it answered a client afterwards. */
  readonly answersAfter: boolean
}

const STATUS_LIMIT_MS = 1_000

/** How a flood is borne. */
export const FLOOD_PROMISES: readonly Pledge<FloodSeen>[] = [
  {
    promise: 'every datagram is received or counted as dropped',
    judge: ({ sent, received, dropped }) => ({
      kept: received !== null && received + dropped >= sent,
      found: `${sent} sent, ${received ?? 'unknown how many'} received, ${dropped} dropped`,
    }),
  },
  {
    promise: 'the supervisor goes on answering',
    judge: ({ slowestStatusMs }) => ({
      kept: slowestStatusMs <= STATUS_LIMIT_MS,
      found: `status took at most ${Math.round(slowestStatusMs)} ms of ${STATUS_LIMIT_MS} allowed`,
    }),
  },
  {
    promise: 'the process lives on and answers afterwards',
    judge: ({ samePid, answersAfter }) => ({
      kept: samePid && answersAfter,
      found: `${samePid ? 'the same process' : 'another process'}, ${answersAfter ? 'which answers' : 'no answer'}`,
    }),
  },
]
