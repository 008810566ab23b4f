import { createTask, validateDetailed } from 'node-cron'
import { suggestWord } from '../suggest-word.ts'
import { Complaint, written } from './piece.ts'

const WHAT =
  'a cron expression of 5 fields (minute hour day month weekday), or 6 with seconds first, such as "0 3 * * *"'
const LONGEST = 200

/** What each field of node-cron may hold, in words. */
const FIELDS: Readonly<Record<string, string>> = {
  second: 'seconds (0-59)',
  minute: 'minutes (0-59)',
  hour: 'hours (0-23)',
  dayOfMonth: 'days of the month (1-31, L = last)',
  month: 'months (1-12 or JAN-DEC)',
  dayOfWeek: 'days of the week (0-7 or SUN-SAT)',
}

/** Times at which something is run, as cron writes them and node-cron reads them. */
export function cronExpression(about: string) {
  const form = { examples: ['0 3 * * *', '*/15 * * * *', '@daily'] }
  return written(about, WHAT, form, (text): string | Complaint => {
    const shown = JSON.stringify(text.slice(0, 60))
    // A number of many digits would be unrolled into a list of that length before it is found to be too big.
    if (text.length > LONGEST || /\d{3}/.test(text)) return new Complaint(`must be ${WHAT}, not ${shown}`)
    const [error] = validateDetailed(text).errors
    if (error !== undefined) return new Complaint(explain(error, shown))
    return comesEver(text) ? text : new Complaint(`${shown} never comes: no month has such a day`)
  })
}

/** A time zone of the IANA database, such as `Europe/Berlin`. */
export function timeZone(about: string) {
  const what = 'a time zone such as "Europe/Berlin" or "UTC"'
  return written(about, what, { examples: ['Europe/Berlin', 'UTC'] }, (text): string | Complaint => {
    if (isTimeZone(text)) return text
    const near = suggestWord(text, Intl.supportedValuesOf('timeZone'))
    return new Complaint(`must be ${what}${near === null ? '' : `; did you mean "${near}"?`}`)
  })
}

function explain({ field, value, message }: { field: string; value?: string; message: string }, shown: string): string {
  if (/impossible/.test(message)) return `${shown} never comes: no month has such a day`
  const allowed = FIELDS[field]
  return allowed === undefined ? `must be ${WHAT}, not ${shown}` : `${JSON.stringify(value)} are no ${allowed}`
}

/** Some expressions are well formed and yet never due, such as the thirtieth day before the end of February. */
function comesEver(expression: string): boolean {
  const task = createTask(expression, () => undefined, { timezone: 'UTC' })
  try {
    return task.getNextRuns(1).length === 1
  } catch {
    return false
  } finally {
    void task.destroy()
  }
}

/** Offsets such as `+01:00` are left out: they know no summer time, which is why one names a zone. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
