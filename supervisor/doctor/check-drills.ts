import { timeDrillWords } from '../host/time-drills.ts'
import type { Facts } from './facts.ts'
import { type Finding, findingsOf } from './finding.ts'

const about = findingsOf('drill', 'clients that were pointed at it get a wrong time, as somebody wanted')

/** Whether somebody serves a wrong time on purpose. */
export function checkDrills({ timeDrills }: Pick<Facts, 'timeDrills'>): readonly Finding[] {
  return timeDrills.map((drill) => about.warn(timeDrillWords(drill), `kill -INT ${drill.pid}`))
}
