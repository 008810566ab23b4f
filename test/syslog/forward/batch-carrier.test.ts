import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BatchCarrier } from '../../../daemons/syslog/forward/batch-carrier.ts'
import type { PostAnswer } from '../../../daemons/syslog/forward/http-post.ts'
import { storedRecord } from './record.ts'

/** What came of the messages 1, 2, … of one batch. */
interface Outcome {
  readonly taken: number[]
  readonly aside: number[]
  fresh: number
  settled: number
  asked: number
  broken: string | null
}

/**
 * Sends one batch to a target that refuses whatever has a bad message in it.
 *
 * @param old so many were with it before
 * @param busyAt it answers 503 to this question
 */
async function deliver(bad: readonly boolean[], old = 0, busyAt = Infinity): Promise<Outcome> {
  const outcome: Outcome = { taken: [], aside: [], fresh: 0, settled: 0, asked: 0, broken: null }
  const answer = (body: string): PostAnswer => {
    const numbers = body.trimEnd().split('\n').map(Number)
    outcome.asked += 1
    if (outcome.asked === busyAt) return { status: 503, text: 'busy', retryAfter: null }
    if (numbers.some((number) => bad[number - 1] === true)) return { status: 400, text: '', retryAfter: null }
    outcome.taken.push(...numbers)
    return { status: 204, text: '', retryAfter: null }
  }
  const carrier = new BatchCarrier({
    section: { format: 'json' },
    http: { headers: {}, labels: [], batch: { sizeBytes: 1, waitMs: 1000 } },
    post: { send: (body) => Promise.resolve(answer(body)), close: () => undefined },
    clock: { wallMs: () => 0 },
    events: {
      taken: (fresh) => {
        outcome.fresh += fresh
      },
      settled: (through) => {
        outcome.settled = through
      },
      refused: (lines) => outcome.aside.push(...lines.map(Number)),
      broken: ({ reason }) => {
        outcome.broken = reason
      },
    },
  })
  const messages = bad.map((_bad, index) => String(index + 1))
  const records = bad.map((_bad, index) => storedRecord({ seq: index + 1 }))
  const passed = { count: bad.length, framed: null, messages, records }
  await carrier.send({ ...passed, fresh: bad.length - old, through: bad.length })
  await carrier.close()
  return outcome
}

const numbersOf = (bad: readonly boolean[], want: boolean): number[] =>
  bad.flatMap((each, index) => (each === want ? [index + 1] : []))

test('good messages behind many that are refused in a row get there', async () => {
  const bad = Array.from({ length: 200 }, (_, index) => index >= 20 && index < 60)
  const { taken, aside, asked } = await deliver(bad)
  expect(taken).toEqual(numbersOf(bad, false))
  expect(aside).toEqual(numbersOf(bad, true))
  expect(asked).toBeLessThan(70)
})

const runs = fc
  .array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 20 })), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.flatMap(([isBad, count]) => Array.from({ length: count }, () => isBad)))

test('sets aside what is refused by itself and nothing else, whatever the batch is made of', async () => {
  await fc.assert(
    fc.asyncProperty(runs, fc.nat(), async (bad, choice) => {
      const old = choice % (bad.length + 1)
      const { taken, aside, fresh, settled, asked, broken } = await deliver(bad, old)
      expect(taken).toEqual(numbersOf(bad, false))
      expect(aside).toEqual(numbersOf(bad, true))
      expect(fresh).toBe(taken.filter((number) => number > old).length)
      expect([settled, broken]).toEqual([bad.length, null])
      expect(asked).toBeLessThan(2 * bad.length)
    }),
  )
})

test('what was dealt with before the target got busy is not sent again', async () => {
  await fc.assert(
    fc.asyncProperty(runs, fc.integer({ min: 1, max: 40 }), async (bad, busyAt) => {
      const { taken, aside, fresh, settled, asked, broken } = await deliver(bad, 0, busyAt)
      expect(broken).toBe(asked === busyAt ? 'it answers 503: busy' : null)
      expect([...taken, ...aside].toSorted((a, b) => a - b)).toEqual(
        bad.slice(0, settled).map((_bad, index) => index + 1),
      )
      expect(fresh).toBe(taken.length)
    }),
  )
})
