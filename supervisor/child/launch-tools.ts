import { existsSync, readFileSync } from 'node:fs'
import type { ResourceLimit } from '../../config/config.ts'
import { CAP_SYS_TIME, effectiveCapabilities } from '../../daemons/linux/capabilities.ts'
import { getResourceLimit } from '../../daemons/linux/process-control.ts'

/** What this machine and our rights offer for starting programs that cannot prepare themselves. */
export interface LaunchTools {
  /** Ties a program to our life and takes rights from it; null when this machine has none. */
  readonly setpriv: string | null
  /** Sets resource limits; null when this machine has none. */
  readonly prlimit: string | null
  /** Whether we may take capabilities out of the bounding set (CAP_SETPCAP). */
  readonly dropsBounds: boolean
  /** Whether we may raise hard limits (CAP_SYS_RESOURCE). */
  readonly raisesLimits: boolean
  /** Whether we may set the clock, and so may let a daemon do it (CAP_SYS_TIME). */
  readonly setsClock: boolean
  /** Our own hard limit, which those of our children cannot exceed without that right; infinite = none. */
  hardLimit(resource: ResourceLimit['resource']): number
}

const SETPRIV = '/usr/bin/setpriv'
const PRLIMIT = '/usr/bin/prlimit'
const CAP_SETPCAP = 8n
const CAP_SYS_RESOURCE = 24n

/** Looks once what there is. */
export function findLaunchTools(): LaunchTools {
  const capabilities = effectiveCapabilities(readFileSync('/proc/self/status', 'utf8'))
  const holds = (capability: bigint): boolean => ((capabilities >> capability) & 1n) === 1n
  return {
    setpriv: existsSync(SETPRIV) ? SETPRIV : null,
    prlimit: existsSync(PRLIMIT) ? PRLIMIT : null,
    dropsBounds: holds(CAP_SETPCAP),
    raisesLimits: holds(CAP_SYS_RESOURCE),
    setsClock: holds(CAP_SYS_TIME),
    hardLimit: (resource) => getResourceLimit(resource)[1],
  }
}

/** What other programs go without on this machine, in words. */
export function limitsOfTools({ setpriv }: LaunchTools): readonly string[] {
  if (setpriv !== null) return []
  return [
    `${SETPRIV} is missing (Debian: apt install util-linux): other programs outlive a supervisor that is killed, run without their supplementary groups and may gain rights by set-id programs`,
  ]
}
