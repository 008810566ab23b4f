import type { Calendar } from './calendar.ts'

/** Where a schedule stands: plain data. All times are wall time. */
export interface Agenda {
  /** When it is due next; null = never again. */
  readonly dueMs: number | null
  /** The newest due time that is dealt with; null = none yet. */
  readonly doneMs: number | null
}

/** Due times that passed without anybody to heed them. */
export interface Missed {
  readonly count: number
  /** There were more than were counted. */
  readonly more: boolean
  readonly firstMs: number
}

/** What a look at the clock came to. */
export interface Look {
  readonly agenda: Agenda
  /** The time for which to run now; null = nothing to run. */
  readonly dueMs: number | null
  readonly missed: Missed | null
}

/** A run this late is still done: a busy or briefly sleeping machine is no reason to leave it out. */
const LATE_MS = 60_000
/** A clock set back by less than this (summer time by hand, a correction) does not repeat what was done. */
const SET_BACK_MS = 3 * 3_600_000
/** Enough to say "many"; a clock that jumps from 1970 to now is not to be counted second by second. */
const COUNTED = 100

/** Begins a schedule at this moment. */
export function openAgenda(wallMs: number, calendar: Calendar): Agenda {
  return { dueMs: calendar.nextAfter(wallMs), doneMs: null }
}

/**
 * Looks at the clock. Of several due times that passed at once only the newest is run, and only when it is not long
 * ago; the others are missed, and told. The wall clock may have been set meanwhile, either way.
 */
export function lookAt(agenda: Agenda, wallMs: number, calendar: Calendar): Look {
  const { dueMs, doneMs } = agenda
  if (dueMs === null || wallMs < dueMs)
    return { agenda: heedClock(agenda, wallMs, calendar), dueMs: null, missed: null }
  const { count, more, newestMs } = countDue(dueMs, wallMs, calendar)
  const runs = newestMs !== null && newestMs > wallMs - LATE_MS
  const missed = count - (runs ? 1 : 0)
  return {
    agenda: { dueMs: calendar.nextAfter(wallMs), doneMs: newestMs ?? doneMs },
    dueMs: runs ? newestMs : null,
    missed: missed > 0 ? { count: missed, more, firstMs: dueMs } : null,
  }
}

/** A clock that was set back makes an earlier time the next one; those just done are not repeated. */
function heedClock(agenda: Agenda, wallMs: number, calendar: Calendar): Agenda {
  const { dueMs, doneMs } = agenda
  const fromMs = doneMs !== null && doneMs > wallMs && doneMs - wallMs < SET_BACK_MS ? doneMs : wallMs
  const nextMs = calendar.nextAfter(fromMs)
  return nextMs !== null && (dueMs === null || nextMs < dueMs) ? { dueMs: nextMs, doneMs } : agenda
}

function countDue(
  firstMs: number,
  wallMs: number,
  calendar: Calendar,
): { readonly count: number; readonly more: boolean; readonly newestMs: number | null } {
  let count = 0
  let newestMs: number | null = null
  let slotMs: number | null = firstMs
  while (slotMs !== null && slotMs <= wallMs && count < COUNTED) {
    count += 1
    newestMs = slotMs
    slotMs = calendar.nextAfter(slotMs)
  }
  const more = slotMs !== null && slotMs <= wallMs
  return { count, more, newestMs: more ? newestBefore(wallMs, calendar) : newestMs }
}

/** The newest due time of the last minute. */
function newestBefore(wallMs: number, calendar: Calendar): number | null {
  let newestMs: number | null = null
  let slotMs = calendar.nextAfter(wallMs - LATE_MS)
  while (slotMs !== null && slotMs <= wallMs) {
    newestMs = slotMs
    slotMs = calendar.nextAfter(slotMs)
  }
  return newestMs
}
