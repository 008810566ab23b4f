/** When a link is told; times are monotonic milliseconds. */
export interface Schedule {
  /** Advertisements that still follow each other quickly, since something is new. */
  readonly quickLeft: number
  /** Of the next one to all that nobody asked for. */
  readonly dueMs: number
  /** Of the last one to all. */
  readonly sentMs: number
  /** Of one to all, for hosts without an address or more of them than are answered one by one. */
  readonly answerAllMs: number | null
  /** Of answers to single hosts, by address. */
  readonly answers: ReadonlyMap<string, number>
}

/** A number from 0 up to, and not including, 1. */
export type Random = () => number

/** RFC 4861 section 10. */
const MAX_INITIAL_RTR_ADVERT_INTERVAL_MS = 16_000
const MAX_INITIAL_RTR_ADVERTISEMENTS = 3
const MIN_DELAY_BETWEEN_RAS_MS = 3000
const MAX_RA_DELAY_TIME_MS = 500
/** A new address is not ours before the link was asked for it, which takes a second or two. */
const RETRY_MS = 1000
/** @attack made-up hosts that ask get one answer together: each answer takes one of the 1,024 places of the kernel's table of neighbours */
const MOST_ANSWERS = 8

/** Begins to tell a link, at once; or begins anew, since something changed. @rfc 4861 section 6.2.4 */
export function beginSchedule(nowMs: number, before: Schedule | null = null): Schedule {
  const sentMs = before?.sentMs ?? Number.NEGATIVE_INFINITY
  return {
    quickLeft: MAX_INITIAL_RTR_ADVERTISEMENTS,
    dueMs: Math.max(nowMs, sentMs + MIN_DELAY_BETWEEN_RAS_MS),
    sentMs,
    answerAllMs: null,
    answers: new Map(),
  }
}

/**
 * Takes in a solicitation.
 *
 * @rfc 4861 section 6.2.6; alone to who asked: 7772 section 4, which spares the batteries of the others
 * @param from link-local address of who asked; null when it has none to be answered at
 */
export function solicit(schedule: Schedule, from: string | null, nowMs: number, random: Random): Schedule {
  const soonMs = nowMs + random() * MAX_RA_DELAY_TIME_MS
  if (from !== null && schedule.answers.has(from)) return schedule
  if (from !== null && schedule.answers.size < MOST_ANSWERS)
    return { ...schedule, answers: new Map([...schedule.answers, [from, soonMs]]) }
  if (schedule.answerAllMs !== null) return schedule
  const isEarly = soonMs < schedule.sentMs + MIN_DELAY_BETWEEN_RAS_MS
  const answerAllMs = isEarly ? soonMs - nowMs + schedule.sentMs + MIN_DELAY_BETWEEN_RAS_MS : soonMs
  return answerAllMs < schedule.dueMs ? { ...schedule, answerAllMs } : schedule
}

/** Notes that all were told; those who had asked have heard it. @rfc 4861 sections 6.2.1 and 6.2.4 */
export function toldAll(schedule: Schedule, nowMs: number, random: Random, everySeconds: number): Schedule {
  const mostMs = everySeconds * 1000
  const leastMs = Math.max(MIN_DELAY_BETWEEN_RAS_MS, mostMs * (everySeconds >= 9 ? 0.33 : 0.75))
  const waitMs = leastMs + random() * (mostMs - leastMs)
  const quickLeft = Math.max(0, schedule.quickLeft - 1)
  return {
    quickLeft,
    dueMs: nowMs + (quickLeft > 0 ? Math.min(waitMs, MAX_INITIAL_RTR_ADVERT_INTERVAL_MS) : waitMs),
    sentMs: nowMs,
    answerAllMs: null,
    answers: new Map(),
  }
}

/** What is to be sent now: to all, or to some hosts. */
export function dueNow(schedule: Schedule, nowMs: number): 'all' | readonly string[] {
  if (Math.min(schedule.dueMs, schedule.answerAllMs ?? Number.POSITIVE_INFINITY) <= nowMs) return 'all'
  return [...schedule.answers].flatMap(([host, dueMs]) => (dueMs <= nowMs ? [host] : []))
}

/** Notes that some hosts were answered. */
export function answered(schedule: Schedule, hosts: readonly string[]): Schedule {
  const left = [...schedule.answers].filter(([host]) => !hosts.includes(host))
  return { ...schedule, answers: new Map(left) }
}

/** Notes that something could not be sent: all are told as soon as may be, and so are those who had asked. */
export function refused(schedule: Schedule, nowMs: number): Schedule {
  const soonMs = Math.max(nowMs + RETRY_MS, schedule.sentMs + MIN_DELAY_BETWEEN_RAS_MS)
  const dueMs = schedule.dueMs > nowMs ? Math.min(schedule.dueMs, soonMs) : soonMs
  return { ...schedule, dueMs, answerAllMs: null, answers: new Map() }
}

/** When something is to be sent next. */
export function nextMs({ dueMs, answerAllMs, answers }: Schedule): number {
  return Math.min(dueMs, answerAllMs ?? Number.POSITIVE_INFINITY, ...answers.values())
}
