import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TimeInference } from '../../../daemons/syslog/parse/time-inference.ts'
import { readTimestamp } from '../../../daemons/syslog/parse/timestamp.ts'

const NOW_MS = Date.UTC(2026, 0, 31, 12)
const fresh = (): TimeInference => new TimeInference(() => 60)

test('a time that was read before is read as if it were the first', () => {
  const times = fc.constantFrom(
    'Jan 31 12:00:00',
    'Jan 31 12:00:01',
    'Jan  1 00:00:00',
    'Feb 30 00:00:00',
    'jan 31 12:00:00',
  )
  const behind = fc.constantFrom('', ' ', ' host', ' 2025 host', ' 202', ' CET: x', ' UTC', '.5 x', ': x', 'x', '  y')
  const texts = fc.array(fc.tuple(fc.constantFrom('', '*', '<13>'), times, behind, fc.nat(1500)), { maxLength: 8 })
  fc.assert(
    fc.property(texts, (parts) => {
      const inference = fresh()
      for (const [before, time, after, sinceMs] of parts) {
        const text = `${before}${time}${after}`
        expect(readTimestamp(text, before.length, NOW_MS + sinceMs, inference)).toEqual(
          readTimestamp(text, before.length, NOW_MS + sinceMs, fresh()),
        )
      }
    }),
  )
})
