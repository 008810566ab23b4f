import type { Ground } from './ground.ts'
import type { DrillName, DrillReport } from './promise.ts'
import { drillFlood } from './run-flood.ts'
import { drillHang } from './run-hang.ts'
import { drillKill } from './run-kill.ts'
import { drillReload } from './run-reload.ts'

/** What is to be drilled. */
export interface DrillPlan {
  readonly drills: readonly DrillName[]
  /** Names of services of the configuration. */
  readonly services: readonly string[]
}

/**
 * Runs the drills one by one: all kills, the reload, all floods, and the hangs last, since they take longest.
 *
 * @param told hears of each report as it is made
 */
export async function runDrills(
  ground: Ground,
  plan: DrillPlan,
  told: (report: DrillReport) => void,
): Promise<readonly DrillReport[]> {
  const reports: DrillReport[] = []
  const note = (report: DrillReport): void => {
    reports.push(report)
    told(report)
  }
  const specs = ground.specs.filter(({ name }) => plan.services.includes(name))
  if (plan.drills.includes('kill')) for (const spec of specs) note(await drillKill(ground, spec))
  if (plan.drills.includes('reload')) note(await drillReload(ground))
  if (plan.drills.includes('flood')) for (const spec of specs) note(await drillFlood(ground, spec))
  if (plan.drills.includes('hang')) for (const spec of specs) note(await drillHang(ground, spec))
  return reports
}
