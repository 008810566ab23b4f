import { realpathSync } from 'node:fs'
import type { LocalLogFacts } from './facts.ts'
import type { SocketCalls } from './see-sockets.ts'

/** Looks where programs of this machine log to. */
export function seeLocalLog(calls: SocketCalls | null, path = '/dev/log', proc = '/proc'): LocalLogFacts {
  try {
    const target = realpathSync(path)
    return { target, holder: calls?.findPortHolder({ scheme: 'unix', path: target }, proc) ?? null }
  } catch {
    return { target: null, holder: null }
  }
}
