import { createTask } from 'node-cron'
import type { Schedule } from '../../config/config.ts'
import type { Calendar } from './calendar.ts'

/** The part of a task of node-cron that computes times; its own types do not tell of it. */
interface TimeMatcher {
  getNextMatch(after: Date): Date
}

/**
 * The times of a cron expression, computed by node-cron. What its tasks offer counts from the clock of the machine
 * alone and runs timers of its own; here the matcher beneath is asked, so that the time is an argument.
 *
 * @throws Error when the expression is wrong, or node-cron has no such matcher (any more)
 */
export function cronCalendar({ expression, timezone }: Schedule): Calendar {
  const task = createTask(expression, () => undefined, timezone === null ? {} : { timezone })
  void task.destroy()
  const matcher = matcherOf(task)
  return {
    nextAfter: (wallMs) => {
      try {
        return matcher.getNextMatch(new Date(wallMs)).getTime()
      } catch {
        return null
      }
    },
  }
}

function matcherOf(task: object): TimeMatcher {
  const matcher: unknown = 'timeMatcher' in task ? task.timeMatcher : null
  if (isTimeMatcher(matcher)) return matcher
  throw new Error('this version of node-cron keeps no timeMatcher in its tasks')
}

function isTimeMatcher(value: unknown): value is TimeMatcher {
  return typeof value === 'object' && value !== null && 'getNextMatch' in value
}
