import { appendFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SegmentList } from '../../../daemons/syslog/store/segment-list.ts'
import { ownFolder } from '../../support/own-folder.ts'
import { writeSegment } from '../archive/sealed-store.ts'
import { segmentsIn } from './segments-in.ts'

/** Steps that change a store, each followed by a look at once and one when the folder has long been quiet. */
const STEPS: readonly (readonly [string, (folder: string) => void])[] = [
  ['empty', () => undefined],
  ['a first one', (folder) => void writeSegment(folder, 1, ['a'])],
  ['which grows', (folder) => appendFileSync(join(folder, nameOf(folder, 0)), 'more\n')],
  ['a second one, and the first took its last line', grewBeforeNext],
  ['which grows', (folder) => appendFileSync(join(folder, nameOf(folder, 1)), 'more\n')],
  ['the first is sealed', seal],
  ['what was cut off the second', (folder) => writeFileSync(join(folder, `${nameOf(folder, 1)}.torn`), 'torn')],
  ['files that are no segments', (folder) => writeFileSync(join(folder, 'proof'), 'proof')],
  ['the first is deleted', (folder) => rmSync(join(folder, nameOf(folder, 0)))],
  ['the newest is deleted', (folder) => rmSync(join(folder, nameOf(folder, 0)))],
  ['the folder is deleted', (folder) => rmSync(folder, { recursive: true })],
]

test('SegmentList.look tells what asking for every file tells, at each step of a store', () => {
  using folder = ownFolder()
  const path = join(folder.path, 'segments')
  const list = new SegmentList(path)
  for (const [title, change] of STEPS) {
    change(path)
    for (const nowMs of [0, 1e15, 1e15]) expect([title, list.look(nowMs)]).toEqual([title, segmentsIn(path)])
  }
})

test('SegmentList.look asks for no file again that nobody writes to', () => {
  using folder = ownFolder()
  const names = [1, 2, 3].map((firstSeq) => writeSegment(folder.path, firstSeq, ['a']))
  const list = new SegmentList(folder.path)
  const before = list.look(1e15)
  // Its age is wrong from now on, and stays as it was known: it was not looked at.
  utimesSync(join(folder.path, names[0] ?? ''), 1, 1)
  writeFileSync(join(folder.path, 'proof'), '')
  expect(list.look(1e15)).toEqual(before)
})

test('SegmentList knows the size of the manifest', () => {
  using folder = ownFolder()
  writeSegment(folder.path, 1, ['a'])
  writeFileSync(join(folder.path, 'manifest.jsonl'), 'x'.repeat(100))
  const list = new SegmentList(folder.path)
  list.look(1e15)
  expect(list.manifestBytes).toBe(100)
})

function nameOf(folder: string, index: number): string {
  return segmentsIn(folder)[index]?.name ?? ''
}

function grewBeforeNext(folder: string): void {
  appendFileSync(join(folder, nameOf(folder, 0)), 'last\n')
  writeSegment(folder, 2, ['a'])
}

function seal(folder: string): void {
  const name = nameOf(folder, 0)
  const parquet = join(folder, name.replace('.ndjson', '.parquet'))
  writeFileSync(join(folder, name.replace('.ndjson', '.sieve')), 'sieve')
  writeFileSync(`${parquet}.tmp`, 'parquet')
  renameSync(`${parquet}.tmp`, parquet)
  rmSync(join(folder, name))
}
