import { TimeInference } from '../../daemons/syslog/parse/time-inference.ts'
import { readTimestamp } from '../../daemons/syslog/parse/timestamp.ts'
import type { Comparison } from './difference.ts'

/** A time as devices write it, and what a reference parser reads when it comes at `now`. */
export interface TimeCase {
  readonly id: number
  readonly text: string
  readonly expect_iso: string
  /** `2018-03-25 01:59:59 CET (also +1 h, +2 h)` or a day. */
  readonly now: string
  readonly tz: string
}

/** Compares `readTimestamp` with a reference parser, at each moment that a case names. */
export function compareTimes(cases: readonly TimeCase[]): Comparison {
  const differences = cases.flatMap((one) => {
    const inference = new TimeInference((ms) => offsetIn(one.tz, ms), true)
    const wrong = momentsOf(one).flatMap((receiveMs) => {
      const time = readTimestamp(one.text, 0, receiveMs, inference)?.time ?? null
      const same = time !== null && instant(time) === instant(one.expect_iso)
      return same ? [] : [`${one.expect_iso} <> ${time} at ${new Date(receiveMs).toISOString()}`]
    })
    return wrong.length === 0 ? [] : [{ id: one.id, text: `${JSON.stringify(one.text)}: ${wrong.join('; ')}` }]
  })
  return { total: cases.length, differences }
}

function momentsOf({ now, tz }: TimeCase): readonly number[] {
  const [, day = '', time = '00:00:00', zone = tz] = /^(\S+)(?: (\d\S+) (\w+))?/.exec(now) ?? []
  const first = Date.parse(`${day}T${time}${zone === 'CEST' ? '+02:00' : '+01:00'}`)
  return now.includes('also') ? [first, first + 3_600_000, first + 7_200_000] : [first]
}

function instant(time: string): number {
  return Date.parse(time.replace(/(\.\d{3})\d+/, '$1'))
}

/** Minutes east of UTC in a zone by the machine's tables. */
function offsetIn(zone: string, ms: number): number {
  const format = new Intl.DateTimeFormat('en', {
    timeZone: zone === 'CET' ? 'Europe/Berlin' : zone,
    timeZoneName: 'longOffset',
  })
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(format.format(ms)) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0))
}
