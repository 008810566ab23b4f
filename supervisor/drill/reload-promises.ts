import type { ReloadReport } from '../control/control-protocol.ts'
import type { Pledge } from './promise.ts'
import { SAME_SOCKETS, type SocketsSeen } from './shared-promises.ts'

/** What a drill saw of a reload of a configuration that had not changed. */
export interface ReloadSeen {
  readonly changes: ReloadReport['changes']
  /** Names of the services whose process is another one than before. */
  readonly otherPids: readonly string[]
  readonly sockets: SocketsSeen
}

/** What a reload leaves alone. */
export const RELOAD_PROMISES: readonly Pledge<ReloadSeen>[] = [
  {
    promise: 'a configuration that is the same changes nothing',
    judge: ({ changes }) => {
      const touched = changes.filter(({ change }) => change !== 'unchanged')
      const found = touched.map(({ service, change }) => `${service} ${change}`).join(', ')
      return { kept: touched.length === 0, found: found === '' ? `${changes.length} services, each unchanged` : found }
    },
  },
  {
    promise: 'every process goes on',
    judge: ({ otherPids }) => ({
      kept: otherPids.length === 0,
      found: otherPids.length === 0 ? 'the same pids' : `other pids: ${otherPids.join(', ')}`,
    }),
  },
  SAME_SOCKETS,
]
