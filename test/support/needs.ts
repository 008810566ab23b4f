import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'vitest'
import { landlockVersion } from '../../daemons/linux/landlock.ts'
import { findOwnCgroup } from '../../supervisor/cgroup/cgroup-tree.ts'
import { findLaunchTools } from '../../supervisor/child/launch-tools.ts'
import { canBoot } from './can-boot.ts'
import { findSyslogNg, hasRsyslogTls } from './collectors.ts'
import { canStarve } from './cpu-quota.ts'
import { findNtpClient } from './ntp-clients.ts'

/** What a test asks of the machine beyond Node and loopback. */
export type Need =
  | 'root'
  | 'namespaces'
  | 'cpu quota'
  | 'cgroups'
  | 'landlock'
  | 'systemd as init'
  | 'syslog-ng'
  | 'ntpdate'
  | 'OpenNTPD'
  | 'rsyslog with TLS'
  | 'right to set the clock'
  | `program ${string}`
  | `file ${string}`

/**
 * Declares a test that needs something of the machine: skipped with the reason where it is missing, a failure under
 * CI=true, so that nothing is left out silently there.
 */
export function testWith(
  needs: readonly Need[],
  title: string,
  body: (context: TestContext) => Promise<void> | void,
  timeoutMs?: number,
): void {
  const run = async (context: TestContext): Promise<void> => {
    const missing = needs.filter((need) => !isMet(need))
    if (missing.length > 0) {
      const reason = `needs ${missing.join(', ')}`
      if (process.env['CI'] === 'true') throw new Error(`${reason}, and CI skips nothing`)
      context.skip(reason)
    }
    await body(context)
  }
  test(title, timeoutMs === undefined ? {} : { timeout: timeoutMs }, run)
}

const known = new Map<Need, boolean>()

function isMet(need: Need): boolean {
  const before = known.get(need)
  if (before !== undefined) return before
  const met = look(need)
  known.set(need, met)
  return met
}

function look(need: Need): boolean {
  if (need === 'root') return process.getuid?.() === 0
  if (need === 'cpu quota') return process.getuid?.() === 0 && canStarve()
  if (need === 'systemd as init') return process.getuid?.() === 0 && canBoot()
  if (need === 'ntpdate') return findNtpClient('ntpdate') !== null
  if (need === 'OpenNTPD') return findNtpClient('openntpd') !== null
  if (need === 'syslog-ng') return findSyslogNg() !== null
  if (need === 'rsyslog with TLS') return hasRsyslogTls()
  if (need === 'right to set the clock') return findLaunchTools().setsClock
  if (need === 'landlock') return landlockVersion() > 0
  if (need === 'cgroups') return mayDivide(findOwnCgroup(process.pid))
  if (need === 'namespaces') return process.getuid?.() === 0 && spawnSync('unshare', ['--net', 'true']).status === 0
  if (need.startsWith('file ')) return existsSync(need.slice('file '.length))
  return (
    spawnSync('sh', ['-c', 'command -v "$1"', 'sh', need.slice('program '.length)], { env: searchPath() }).status === 0
  )
}

function mayDivide(cgroup: string | null): boolean {
  try {
    accessSync(join(cgroup ?? '', 'cgroup.procs'), constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Servers lie in sbin, which is not on everybody's path. */
export function searchPath(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` }
}
