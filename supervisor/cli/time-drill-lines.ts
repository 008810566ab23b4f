import { type TimeDrill, timeDrillWords } from '../host/time-drills.ts'
import type { Paint } from './paint.ts'
import { printable } from './printable.ts'

/** One line for each drill of time; a supervisor that is older than this command tells of none. */
export function timeDrillLines(drills: readonly TimeDrill[] | undefined, paint: Paint): string[] {
  return (drills ?? []).map((drill) => `${paint('warn', 'DRILL:')} ${printable(timeDrillWords(drill))}`)
}
