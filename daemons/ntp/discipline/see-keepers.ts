import { readdirSync, readFileSync } from 'node:fs'
import { CAP_SYS_TIME, effectiveCapabilities } from '../../linux/capabilities.ts'

/** As `ps` shows us while we keep the clock: another Lanward knows us by it. */
export const OWN_TITLE = 'lanward: ntp clock'

/** The kernel keeps this many characters of a name. */
const NAME_LENGTH = 15

/** Programs that keep clocks; those of PTP keep mostly others than the kernel's, whose word tells of them. */
const KEEPERS: ReadonlySet<string> = new Set(
  ['chronyd', 'ntpd', 'openntpd', 'ntp-daemon', 'systemd-timesyncd', OWN_TITLE].map((name) =>
    name.slice(0, NAME_LENGTH),
  ),
)

/**
 * Finds running programs that keep the clock, as far as /proc shows them to us. One without the right to set it (a program that a
 * stranger gave such a name) keeps nothing, nor does `chronyd -x`.
 */
export function seeKeepers(proc: string, ownPid: number): readonly { readonly name: string; readonly pid: number }[] {
  return readdirSync(proc).flatMap((entry) => {
    const pid = Number(entry)
    if (!Number.isInteger(pid) || pid === ownPid) return []
    const status = readQuietly(`${proc}/${entry}/status`)
    const name = /^Name:\t(.*)$/m.exec(status)?.[1] ?? ''
    if (!KEEPERS.has(name) || !maySetClock(status)) return []
    const isOnlooker = name === 'chronyd' && readQuietly(`${proc}/${entry}/cmdline`).split('\0').includes('-x')
    return isOnlooker ? [] : [{ name, pid }]
  })
}

/** Whether a process has CAP_SYS_TIME. @param status its /proc/PID/status */
export function maySetClock(status: string): boolean {
  return ((effectiveCapabilities(status) >> CAP_SYS_TIME) & 1n) === 1n
}

/** A process may end while it is looked at, or be hidden from us. */
function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
