import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { StoreReader } from '../../../daemons/syslog/forward/store-reader.ts'
import { readSeq } from '../../../daemons/syslog/forward/stored-record.ts'
import { formatSegmentName } from '../../../daemons/syslog/store/segment-name.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-reader-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Appends messages to the segment that begins with `segment`. */
function add(segment: number, first: number, count: number, padding = 0): void {
  const lines = Array.from(
    { length: count },
    (_, index) => `{"rt":"2026-01-31T12:00:00.000000Z","seq":${first + index},"msg":"${'x'.repeat(padding)}"}\n`,
  )
  appendFileSync(join(folder, formatSegmentName(segment, 0)), lines.join(''))
}

/** Reads to the end. */
function readAll(reader: StoreReader, until: number): { seqs: (number | null)[]; missing: number } {
  const seqs: (number | null)[] = []
  let missing = 0
  for (;;) {
    const reading = reader.read(until)
    missing += reading.missing
    if (reading.lines.length === 0) return { seqs, missing }
    seqs.push(...reading.lines.map(readSeq))
  }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index)

test('reads from any message on, across segments, up to the newest', () => {
  add(1, 1, 500, 300)
  add(501, 501, 1000, 300)
  add(1501, 1501, 3)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1504 }), fc.integer({ min: 1, max: 1504 }), (from, until) => {
      const reader = new StoreReader(folder, from)
      expect(readAll(reader, until)).toEqual({ seqs: from < until ? range(from, until) : [], missing: 0 })
      expect(reader.seq).toBe(Math.max(from, until))
      reader.close()
    }),
    { numRuns: 60 },
  )
})

test('finds what is added later, in this segment and the next', () => {
  const reader = new StoreReader(folder, 1)
  expect(readAll(reader, 1).seqs).toEqual([])
  add(1, 1, 2)
  expect(readAll(reader, 3).seqs).toEqual([1, 2])
  add(1, 3, 2)
  add(5, 5, 1)
  expect(readAll(reader, 6).seqs).toEqual([3, 4, 5])
  reader.close()
})

test('leaves what the disk refused behind the newest message', () => {
  add(1, 1, 3)
  appendFileSync(join(folder, formatSegmentName(1, 0)), '{"rt":"half')
  const reader = new StoreReader(folder, 1)
  expect(readAll(reader, 3).seqs).toEqual([1, 2])
  expect(readAll(reader, 4).seqs).toEqual([3])
  reader.close()
})

test('says how many are missing where the store has lost its oldest, or some between', () => {
  add(11, 11, 2)
  add(21, 21, 2)
  const reader = new StoreReader(folder, 1)
  expect(readAll(reader, 23)).toEqual({ seqs: [11, 12, 21, 22], missing: 18 })
  reader.close()
})

test('goes on through a segment that is deleted under it', () => {
  add(1, 1, 800, 300)
  add(801, 801, 2)
  const reader = new StoreReader(folder, 1)
  const { lines } = reader.read(803)
  rmSync(join(folder, readdirSync(folder).sort()[0] ?? ''))
  expect(lines.length).toBeLessThan(800)
  expect(readAll(reader, 803)).toEqual({ seqs: range(lines.length + 1, 803), missing: 0 })
  reader.close()
})

test('reads lines longer than a chunk, and finds its way among them', () => {
  for (const seq of range(1, 12)) add(1, seq, 1, seq % 3 === 0 ? 300_000 : 10)
  for (const from of range(1, 12)) {
    const reader = new StoreReader(folder, from)
    expect(readAll(reader, 12).seqs).toEqual(range(from, 12))
    reader.close()
  }
})

test('finds its way among the longest lines that a message can make of itself', () => {
  // 1 MiB of control characters, each six bytes when it is escaped.
  for (const seq of range(1, 9)) add(1, seq, 1, seq === 3 || seq === 7 ? 6 << 20 : 10)
  for (const from of range(1, 9)) {
    const reader = new StoreReader(folder, from)
    expect(readAll(reader, 9)).toEqual({ seqs: range(from, 9), missing: 0 })
    reader.close()
  }
})

test('reads on from any message, however long the lines are', () => {
  const sizes = fc.array(fc.constantFrom(0, 3, 300, 4000, 70_000, 1_100_000), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(sizes, fc.nat(), (paddings, choice) => {
      rmSync(folder, { recursive: true })
      mkdirSync(folder)
      for (const [index, padding] of paddings.entries()) add(1, index + 1, 1, padding)
      const end = paddings.length + 1
      const from = 1 + (choice % paddings.length)
      const reader = new StoreReader(folder, from)
      expect(readAll(reader, end)).toEqual({ seqs: range(from, end), missing: 0 })
      reader.close()
    }),
    { numRuns: 40 },
  )
})

test('says how many are missing within a segment', () => {
  add(1, 1, 2)
  add(1, 6, 2)
  for (const [from, want] of [
    [1, { seqs: [1, 2, 6, 7], missing: 3 }],
    [4, { seqs: [6, 7], missing: 2 }],
  ] as const) {
    const reader = new StoreReader(folder, from)
    expect(readAll(reader, 8)).toEqual(want)
    reader.close()
  }
})
