import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { archiveDisk } from '../../../daemons/syslog/archive/archive-disk.ts'
import { sealSegment } from '../../../daemons/syslog/archive/seal-segment.ts'
import { TEXT_COLUMNS } from '../../../daemons/syslog/archive/sealed-columns.ts'
import { type SealedGroup, SealedSegment } from '../../../daemons/syslog/archive/sealed-segment.ts'
import { textAt } from '../../../daemons/syslog/parquet/text-column.ts'
import { storedLine, writeSegment } from './sealed-store.ts'

const COUNT = 40_000
let folder = ''
let path = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-picked-'))
  // Few words and many, in runs and mixed, with and without gaps.
  const lines = Array.from({ length: COUNT }, (_, index) =>
    storedLine(index + 1, {
      ...{
        app: index % 97 === 0 ? null : `app ${index % 3}`,
        host: index % 2 === 0 ? null : `h${(index * 7919) % 300}`,
      },
      ...{ procid: index % 5 === 0 ? null : String(index * 31), severity: index < 9000 ? 'err' : 'info' },
    }),
  )
  const name = writeSegment(folder, 1, lines)
  await sealSegment(folder, name, archiveDisk)
  path = join(folder, name.replace('.ndjson', '.parquet'))
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true }))

/** A fresh look: what a group has unpacked it keeps. */
function groupsOf(): readonly SealedGroup[] {
  return new SealedSegment(path).groups
}

test('a column read at some rows has there what all of it has', () => {
  const whole = groupsOf()
  expect(whole.map(({ rows }) => rows)).toEqual([32_768, COUNT - 32_768])
  const rowsOf = (limit: number): fc.Arbitrary<Int32Array> =>
    fc
      .uniqueArray(fc.nat(limit - 1), { maxLength: 300 })
      .map((rows) => Int32Array.from(rows).sort((first, second) => first - second))
  const choice = fc.constantFrom(0, 1).chain((index) => fc.tuple(fc.constant(index), rowsOf(whole[index]?.rows ?? 1)))
  fc.assert(
    fc.property(choice, fc.constantFrom(...TEXT_COLUMNS), ([index, rows], name) => {
      const picked = groupsOf()[index]?.pick(name, rows)
      const all = whole[index]?.texts(name)
      if (picked === undefined || all === undefined) expect.fail('no group')
      expect(Array.from(rows, (_, place) => textAt(picked, place))).toEqual(Array.from(rows, (row) => textAt(all, row)))
    }),
    { numRuns: 300, seed: 6 },
  )
})

test('columns with words and with texts of their own are among them', () => {
  const [group] = groupsOf()
  expect(group?.texts('host').codes).not.toBeNull()
  expect(group?.texts('procid').codes).toBeNull()
})
