import { isWell } from './status-document.ts'
import type { StatusAnswer } from './status-source.ts'

/** Whether the whole box is well, and if not, why in one line per service. */
export interface HealthVerdict {
  readonly ok: boolean
  readonly reasons: readonly string[]
}

/** All is well when every service in the report is; without a report nothing is. */
export function judgeHealth(answer: StatusAnswer): HealthVerdict {
  if ('reason' in answer) return { ok: false, reasons: [answer.reason] }
  const reasons = answer.document.services
    .filter((service) => !isWell(service))
    .map((service) => `${service.name} is ${service.state}, ${service.health}${because(service.reason)}`)
  return { ok: reasons.length === 0, reasons }
}

function because(reason: string | null): string {
  return reason === null || reason === undefined ? '' : `: ${reason}`
}
