import type { ExitReport, ScheduleReport } from '../control/control-protocol.ts'
import { describeEnd } from '../service/life-steps.ts'
import { momentIn } from './moment-text.ts'

/** Runs that were due and did not take place. */
export interface LeftOut {
  /** The newest run when that was seen. */
  readonly life: number
  readonly kind: 'missed' | 'skipped'
  readonly count: number
  /** There were more than were counted. */
  readonly more: boolean
  /** Wall time of the first of them. */
  readonly sinceMs: number
  readonly why: string
}

/** Tells of runs that did not take place: `missed the run of 2026-11-26 03:00 Europe/Berlin: lanward was not running`. */
export function leftOutText({ kind, count, more, sinceMs, why }: LeftOut, timezone: string): string {
  const moment = momentIn(sinceMs, timezone)
  const runs = count === 1 ? `the run of ${moment}` : `${more ? 'more than ' : ''}${count} runs from ${moment} on`
  return `${kind === 'missed' ? 'missed' : 'left out'} ${runs}: ${why}`
}

/** What was wrong with a run, in words; null when it ended well or was stopped by somebody. */
export function failureOf(exit: ExitReport | undefined): string | null {
  const good = exit === undefined || exit.code === 0 || exit.reason === 'asked' || exit.reason === 'rest-for-one'
  return good ? null : describeEnd(exit)
}

/** The line of a service that waits for its time: when it runs next, how the last run ended, and what did not take place since. */
export function waitingText(report: ScheduleReport, lastExit: ExitReport | null, since: string | null): string {
  const next = report.next_local === null ? 'it will not run again' : `next run ${report.next_local}`
  const last = lastExit === null ? 'it has not run yet' : `last run: ${describeEnd(lastExit)}`
  return [next, last, ...(since === null ? [] : [since])].join('; ')
}
