import { realpathSync } from 'node:fs'
import { findPortHolder } from '../port-holder.ts'
import type { LocalLogFacts } from './facts.ts'

/** Looks where programs of this machine log to. */
export function seeLocalLog(path = '/dev/log', proc = '/proc'): LocalLogFacts {
  try {
    const target = realpathSync(path)
    return { target, holder: findPortHolder({ scheme: 'unix', path: target }, proc) }
  } catch {
    return { target: null, holder: null }
  }
}
