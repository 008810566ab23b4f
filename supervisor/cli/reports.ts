import { brokenAnswer } from '../control/control-client.ts'
import type { ReachedReport, ReloadReport, StatusReport, WhyReport } from '../control/control-protocol.ts'

/**
 * Answers of the supervisor as the types of the protocol. The supervisor is our own program, so only the outline is
 * looked at: enough to notice one of another version.
 */

/** @throws ControlFailure when it is no status report */
export function asStatusReport(value: unknown): StatusReport {
  if (has<StatusReport>(value, 'supervisor', 'services') && Array.isArray(value.services)) return value
  throw brokenAnswer('status')
}

/** @throws ControlFailure when it is no such report */
export function asWhyReport(value: unknown): WhyReport {
  if (has<WhyReport>(value, 'service', 'exits', 'restart_limit', 'next') && Array.isArray(value.exits)) return value
  throw brokenAnswer('why')
}

/** @throws ControlFailure when it is no such report */
export function asReachedReport(value: unknown): ReachedReport {
  if (has<ReachedReport>(value, 'reached', 'state', 'message')) return value
  throw brokenAnswer('start, stop or restart')
}

/** @throws ControlFailure when it is no such report */
export function asReloadReport(value: unknown): ReloadReport {
  if (has<ReloadReport>(value, 'changes') && Array.isArray(value.changes)) return value
  throw brokenAnswer('reload')
}

function has<Report>(value: unknown, ...keys: readonly (keyof Report & string)[]): value is Report {
  return typeof value === 'object' && value !== null && keys.every((key) => key in value)
}
