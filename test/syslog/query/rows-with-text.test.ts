import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TextColumn } from '../../../daemons/syslog/parquet/text-column.ts'
import { rowsWithText } from '../../../daemons/syslog/query/rows-with-text.ts'

/** Texts as they lie in a page: something else in front of them and, where `gap` is not empty, before each. */
function columnOf(texts: readonly (string | null)[], head: string, gap: string): TextColumn {
  let bytes = head
  const [starts, ends] = [new Int32Array(texts.length).fill(-1), new Int32Array(texts.length)]
  for (const [row, text] of texts.entries()) {
    if (text === null) continue
    bytes += gap
    starts[row] = bytes.length
    bytes += text
    ends[row] = bytes.length
  }
  return { codes: null, words: [], bytes: Buffer.from(bytes), starts, ends }
}

const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 })

test('rowsWithText finds just the rows that have the text in them', () => {
  const rows = fc.array(fc.option(text), { maxLength: 20 })
  const needle = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(rows, needle, text, fc.constantFrom('', 'a', 'ba'), (texts, wanted, head, gap) => {
      const found = rowsWithText(columnOf(texts, head, gap), Buffer.from(wanted))
      const expected = texts.map((each) => (each?.includes(wanted) === true ? 1 : 0))
      expect([...(found ?? texts.map(() => 0))]).toEqual(expected)
    }),
    { numRuns: 2000, seed: 12 },
  )
})
