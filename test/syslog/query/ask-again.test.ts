import { expect, test } from 'vitest'
import { askAgain } from '../../../daemons/syslog/query/ask-again.ts'
import type { Extent } from '../../../daemons/syslog/query/segment-lines.ts'
import { SqlFailure } from '../../../daemons/syslog/query/sql-failure.ts'

const extent = (path: string): Extent => ({
  ...{ path, name: path, firstSeq: 1, begunMs: 0, sealed: false, end: 1, lastMs: 0 },
})

/** Asks a store that changes at each of the first looks; the question fails as long as told. */
async function asked(changes: number, failures: number, why: SqlFailure['why'], limit?: AbortSignal): Promise<number> {
  let [looks, asks] = [0, 0]
  const look = (): Extent[] => [extent(`segment ${Math.min(looks++, changes)}`)]
  const ask = async (): Promise<void> => {
    asks += 1
    if (asks <= failures) throw new SqlFailure(why, 'failed')
  }
  const ended = await askAgain(look, ask, limit ?? new AbortController().signal).then(
    () => true,
    () => false,
  )
  return ended ? asks : -asks
}

test('askAgain asks as often as segments were sealed under the question', async () => {
  expect(await asked(20, 20, 'gone')).toBe(21)
})

test.each([
  ['no segment has changed', 0, 'gone', undefined],
  ['the question is wrong', 20, 'asked', undefined],
  ['its time is over', 20, 'gone', AbortSignal.abort()],
] as const)('askAgain gives up when %s', async (_title, changes, why, limit) => {
  expect(await asked(changes, 1, why, limit)).toBe(-1)
})
