import type { ServiceReport, WhyReport } from '../control/control-protocol.ts'
import { backoffMs } from '../service/restart-policy.ts'
import type { ServiceSpec } from '../spec/spec.ts'

/** How long one of our daemons may take from its death to `ready`, on a slow machine too. */
const OWN_START_MS = 2_000
/** A hung process is asked where it is, and for its stack, before it is killed. */
const ABORT_MS = 3_000
const PROBE_TIMEOUT_MS = 2_000
const SILENT_PROBES = 3
/** Room for a machine that is busy, and for a supervisor that looks twice. */
const SLACK_MS = 5_000

/**
 * How long a killed service may take to serve again.
 *
 * @param used automatic restarts of late: each made the wait for the next one longer
 */
export function comeBackMs({ own, rules }: ServiceSpec, used: number): number {
  const waitMs = backoffMs(rules.restart.backoff, used, 1)
  return Math.ceil(waitMs + (own ? OWN_START_MS : rules.startTimeoutMs))
}

/** How long a process that stands still may stay undetected and unreplaced; null when nobody would notice. */
export function foundOutMs(spec: ServiceSpec, used: number): number | null {
  const { watchdogMs, probeEveryMs } = spec.rules
  const byHeartbeat = watchdogMs === null ? Number.POSITIVE_INFINITY : watchdogMs + Math.min(2_000, watchdogMs / 4)
  const byProbe = probeEveryMs === null ? Number.POSITIVE_INFINITY : SILENT_PROBES * (probeEveryMs + PROBE_TIMEOUT_MS)
  const firstMs = Math.min(byHeartbeat, byProbe)
  return Number.isFinite(firstMs) ? Math.ceil(firstMs + ABORT_MS + comeBackMs(spec, used) + SLACK_MS) : null
}

/** Why a service is better not killed now; null when it may be. */
export function whyNotKilled(
  { rules }: ServiceSpec,
  { state, health, reason }: ServiceReport,
  limit: WhyReport['restart_limit'],
): string | null {
  if (state !== 'ready' || health !== 'ok') return `it is ${state} and ${health}${reason === null ? '' : `: ${reason}`}`
  if (rules.restart.on === 'never') return 'its configuration says restart.on = "never"'
  if (limit.used >= limit.restarts)
    return `it would be parked: ${limit.used} of ${limit.restarts} restarts within ${limit.within_s} s are used`
  return null
}
