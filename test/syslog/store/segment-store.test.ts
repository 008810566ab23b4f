import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { chooseExpired } from '../../../daemons/syslog/store/retention.ts'
import { SegmentStore, type StoreLimits } from '../../../daemons/syslog/store/segment-store.ts'

const BEGIN = Date.UTC(2026, 0, 31, 12)
const DAY_MS = 86_400_000
const WIDE: StoreLimits = {
  segment: { sizeBytes: 1 << 20, ageMs: DAY_MS },
  retention: { ageMs: 30 * DAY_MS, sizeBytes: 1 << 30 },
  sync: 'off',
}

let folder = ''
let nowMs = BEGIN
const clock = { wallMs: () => nowMs, wallNs: () => BigInt(nowMs) * 1_000_000n, monotonicMs: () => nowMs }

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-store-'))
  nowMs = BEGIN
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function open(limits: StoreLimits = WIDE): SegmentStore {
  return new SegmentStore({ folder, limits, clock, log: pino({ level: 'silent' }) })
}

/** Appends lines as the collector writes them. */
function add(store: SegmentStore, count: number): boolean {
  const first = store.nextSeq
  const lines = Array.from(
    { length: count },
    (_, index) => `{"seq":${first + index},"msg":"number ${first + index}"}\n`,
  )
  return store.append(Buffer.from(lines.join('')), count)
}

function segments(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ndjson'))
    .sort()
}

/** The numbers of all messages, oldest first. */
function storedSeqs(): number[] {
  return segments().flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .trimEnd()
      .split('\n')
      .filter((line) => line !== '')
      .map((line): number => JSON.parse(line).seq),
  )
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

describe('numbers', () => {
  test('go on without gap over a restart and over segments', () => {
    const first = open({ ...WIDE, segment: { sizeBytes: 100, ageMs: DAY_MS } })
    for (let times = 0; times < 5; times++) add(first, 3)
    first.close()
    const second = open()
    expect(second.nextSeq).toBe(16)
    add(second, 2)
    second.close()
    expect(segments().length).toBeGreaterThan(2)
    expect(storedSeqs()).toEqual(upTo(17))
  })

  test('are those of whole messages, wherever a power cut tore the last line', () => {
    const whole = open()
    add(whole, 3)
    whole.close()
    const path = join(folder, segments()[0] ?? '')
    const bytes = readFileSync(path)
    const lastStart = bytes.lastIndexOf(10, bytes.length - 2) + 1
    for (let cut = lastStart; cut < bytes.length; cut++) {
      writeFileSync(path, bytes)
      truncateSync(path, cut)
      const store = open()
      expect(store.nextSeq).toBe(3)
      add(store, 1)
      store.close()
      expect(storedSeqs()).toEqual([1, 2, 3])
    }
  })

  test('survive NULs and rubbish behind the last message, which are kept aside', () => {
    const whole = open()
    add(whole, 2)
    whole.close()
    const path = join(folder, segments()[0] ?? '')
    appendFileSync(path, `${'\0'.repeat(4096)}\n{"seq":"no number"}\n`)
    const store = open()
    expect(store.nextSeq).toBe(3)
    store.close()
    expect(storedSeqs()).toEqual([1, 2])
    expect(readFileSync(`${path}.torn`, 'utf8')).toContain('no number')
  })

  test('are not used up by an append that fails', () => {
    const store = open({ ...WIDE, segment: { sizeBytes: 1, ageMs: DAY_MS } })
    add(store, 1)
    rmSync(folder, { recursive: true })
    writeFileSync(folder, 'a file where the folder was') // The next segment cannot be begun; the old file is gone.
    store.tick()
    expect(add(store, 1)).toBe(false)
    expect(store.failure).not.toBeNull()
    expect(store.nextSeq).toBe(2)
    rmSync(folder)
    expect(add(store, 1)).toBe(true)
    expect(storedSeqs()).toEqual([2])
    store.close()
  })
})

describe('a new segment begins', () => {
  test('when the old one is full', () => {
    const store = open({ ...WIDE, segment: { sizeBytes: 50, ageMs: DAY_MS } })
    for (let times = 0; times < 4; times++) add(store, 1)
    store.close()
    expect(segments().map((name) => Number(name.slice(0, 16)))).toEqual([1, 3])
  })

  test('when the old one is old, and its name tells when', () => {
    const store = open()
    add(store, 1)
    nowMs += DAY_MS
    add(store, 1)
    store.close()
    expect(segments()).toEqual(['0000000000000001-20260131T120000Z.ndjson', '0000000000000002-20260201T120000Z.ndjson'])
  })

  test('when somebody deleted the old one', () => {
    const store = open()
    add(store, 1)
    rmSync(join(folder, segments()[0] ?? ''))
    store.tick()
    add(store, 1)
    store.close()
    expect(storedSeqs()).toEqual([2])
  })
})

describe('retention', () => {
  const kept = [1, 2, 3, 4].map((day) => ({ name: `s${day}`, firstSeq: day, bytes: 100, lastMs: day * DAY_MS }))

  test.each([
    ['nothing is over', { ageMs: 9 * DAY_MS, sizeBytes: 400 }, []],
    ['by age', { ageMs: 2.5 * DAY_MS, sizeBytes: 1000 }, ['s1', 's2']],
    ['by size, oldest first', { ageMs: 9 * DAY_MS, sizeBytes: 250 }, ['s1', 's2']],
    ['the newest always stays', { ageMs: 0, sizeBytes: 0 }, ['s1', 's2', 's3']],
  ])('%s', (_title, limits, want) => {
    expect(chooseExpired(kept, limits, 5 * DAY_MS)).toEqual(want)
  })

  test('deletes whole segments from the disk, and what was kept aside of them', () => {
    const limits = { ...WIDE, segment: { sizeBytes: 1, ageMs: DAY_MS } }
    const earlier = open(limits)
    for (let times = 0; times < 3; times++) add(earlier, 1)
    earlier.close()
    const [oldest = ''] = segments()
    writeFileSync(join(folder, `${oldest}.torn`), 'x')
    utimesSync(join(folder, oldest), 0, 0)
    const store = open(limits)
    store.tick()
    store.close()
    expect(storedSeqs()).toEqual([2, 3])
    expect(readdirSync(folder).filter((name) => name.startsWith(oldest))).toEqual([])
  })
})
