import type { Facts } from './facts.ts'
import { type Finding, findingsOf } from './finding.ts'

const about = findingsOf('memory', 'without it the kernel kills processes, and everything waits for the disk')

const MIB = 2 ** 20
/** Measured: an idle daemon takes 24 to 40 MiB of its own. */
const PER_SERVICE_BYTES = 40 * MIB
const RESERVE_BYTES = 64 * MIB
/** Percent of a minute spent waiting that people notice. */
const PRESSURE = 10

/** Memory for the services, signs of want, and whom the kernel would kill first. */
export function checkMemory({
  memory,
  supervisor,
  configuration,
}: Pick<Facts, 'memory' | 'supervisor' | 'configuration'>): readonly Finding[] {
  const { availableBytes, groupFreeBytes, pressure, kills, oomScore, swapTotalBytes, swapFreeBytes, totalBytes } =
    memory
  const free = Math.min(availableBytes, groupFreeBytes ?? Number.POSITIVE_INFINITY)
  const services = configuration.kind === 'ok' ? configuration.specs.length : 0
  const needed = RESERVE_BYTES + (supervisor.kind === 'running' ? 0 : (services + 1) * PER_SERVICE_BYTES)
  const bound = groupFreeBytes !== null && groupFreeBytes < availableBytes ? ' in this control group' : ''
  const found = `${Math.floor(free / MIB)} MiB available${bound}`
  const findings = [
    free < needed
      ? about.warn(`${found}, ${Math.ceil(needed / MIB)} MiB are wanted`, 'ps -eo rss,pid,comm --sort -rss | head')
      : about.ok(found),
  ]
  if (pressure !== null && pressure >= PRESSURE)
    findings.push(
      about.warn(
        `something waited for memory in ${Math.round(pressure)} % of the last minute`,
        'ps -eo rss,pid,comm --sort -rss | head',
      ),
    )
  if (swapTotalBytes > 0 && swapTotalBytes - swapFreeBytes > totalBytes / 2)
    findings.push(
      about.warn(
        `${Math.floor((swapTotalBytes - swapFreeBytes) / MIB)} MiB are swapped out`,
        'ps -eo rss,pid,comm --sort -rss | head',
        'a daemon that was swapped out answers late',
      ),
    )
  if (kills > 0)
    findings.push(
      about.warn(
        `the kernel has killed ${kills} processes for want of memory since the machine started`,
        "journalctl -k --grep 'Out of memory'",
      ),
    )
  if (oomScore !== null && oomScore > 0)
    findings.push(
      about.warn(
        `the supervisor is among the first to be killed (oom_score_adj ${oomScore})`,
        'OOMScoreAdjust=-900 in the unit',
        'with it go all services at once',
      ),
    )
  return findings
}
