import type { NtpSection } from '../../daemons/ntp/section.ts'
import type { Facts } from './facts.ts'
import { type Finding, findingsOf } from './finding.ts'

const about = findingsOf('clock', 'it stamps every message and lease, and ntp serves it to the whole LAN')

/** Nothing of ours was written before; a clock before that was never set. */
const EARLIEST_MS = Date.UTC(2026, 0, 1)
const LATEST_MS = Date.UTC(2100, 0, 1)
/** A file system may round a time up. */
const TOLERANCE_MS = 5_000

const SET_IT =
  'systemctl enable --now systemd-timesyncd, or chronyd with port 0, or discipline = true of [ntp]; without a network: date --set'

/** Whether the clock can be right: plausible, not behind what was written by it, kept by somebody. */
export function checkClock({ clock, configuration }: Pick<Facts, 'clock' | 'configuration'>): readonly Finding[] {
  const { nowMs, newest, synchronised, hasHardwareClock } = clock
  const now = new Date(nowMs).toISOString()
  if (nowMs < EARLIEST_MS || nowMs > LATEST_MS) return [about.fail(`it says ${now}, which cannot be`, SET_IT)]
  const findings: Finding[] = []
  if (newest !== null && newest.atMs > nowMs + TOLERANCE_MS)
    findings.push(
      about.fail(
        `it says ${now}, but ${newest.path} was written at ${new Date(newest.atMs).toISOString()}: it was set back`,
        'lanward time, to see which is right; then: date --set',
        'leases last longer than promised, and messages stand in the log before older ones',
      ),
    )
  if (synchronised === false)
    findings.push(
      about.warn(
        `nobody keeps it right${hasHardwareClock ? '' : ', and this machine has no clock that runs while it is off'}${servedAs(configuration)}`,
        ntpOf(configuration)?.discipline === undefined
          ? SET_IT
          : 'lanward up, then lanward time, to see whether ntp follows a source: it keeps the clock by that (discipline = true)',
      ),
    )
  if (findings.length > 0) return findings
  return [
    about.ok(`${now}${synchronised === null ? '; the kernel does not tell whether it is kept right' : ', kept right'}`),
  ]
}

function servedAs(configuration: Facts['configuration']): string {
  const section = ntpOf(configuration)
  if (section === null) return ''
  if (section.sources.length > 0) return '; clients are given the time of the sources'
  return section.clock === 'kernel' || section.localStratum === 0
    ? '; clients are told that it is not synchronised'
    : `; clients are given it as stratum ${section.localStratum}`
}

function ntpOf(configuration: Facts['configuration']): NtpSection | null {
  if (configuration.kind === 'wrong') return null
  const ntp = configuration.config.daemons.find(({ name, enabled }) => name === 'ntp' && enabled)
  return ntp?.name === 'ntp' ? ntp.section : null
}
