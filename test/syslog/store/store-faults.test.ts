import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Disk } from '../../../daemons/syslog/store/disk.ts'
import { SegmentStore, type StoreLimits } from '../../../daemons/syslog/store/segment-store.ts'
import { Died, type DiskCall, diskError, failingDisk } from './failing-disk.ts'

const BEGIN = Date.UTC(2026, 0, 31, 12)
const LIMITS: StoreLimits = {
  segment: { sizeBytes: 200, ageMs: 86_400_000 },
  retention: { ageMs: 86_400_000, sizeBytes: 1 << 30 },
  sync: 'off',
}

let folder = ''
let nowMs = 0
let said: Record<string, unknown>[] = []
/** What fails until told otherwise. */
let broken: Partial<Record<DiskCall, Error>> = {}
const clock = {
  wallMs: () => BEGIN + nowMs,
  wallNs: () => BigInt(BEGIN + nowMs) * 1_000_000n,
  monotonicMs: () => nowMs,
}
const log = pino({ level: 'info' }, { write: (line: string) => said.push(JSON.parse(line)) })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-faults-'))
  nowMs = 0
  said = []
  broken = {}
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function open(disk: Disk = failingDisk((call) => broken[call] ?? null), limits = LIMITS): SegmentStore {
  return new SegmentStore({ folder, limits, clock, log, disk })
}

/** Appends as the collector does. */
function add(store: SegmentStore, count = 1): boolean {
  const first = store.nextSeq
  const lines = Array.from({ length: count }, (_, index) => `{"seq":${first + index},"msg":"${'x'.repeat(40)}"}\n`)
  return store.append(Buffer.from(lines.join('')), count)
}

/** Numbers of all stored messages, in the order of the files; throws on a line that is none. */
function storedSeqs(): number[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ndjson'))
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean))
    .map((line): number => JSON.parse(line).seq)
}

function ok(store: SegmentStore): boolean {
  return Buffer.from(store.prove('proof\n')).toString() === 'proof\n'
}

describe('a full disk', () => {
  test('is said once when it begins and once when it is over, however it flaps between, without a stack', () => {
    const store = open()
    for (let turn = 0; turn < 100; turn++) {
      nowMs += 500
      broken = turn % 2 === 0 ? { writeSync: diskError('ENOSPC') } : {}
      add(store)
    }
    expect(store.faults()).toEqual(['cannot store messages: the disk is full, ENOSPC, until a moment ago'])
    for (let turn = 0; turn < 30; turn++) {
      nowMs += 500
      expect(add(store)).toBe(true)
    }
    expect(store.faults()).toEqual([])
    expect(said.map(({ msg }) => msg)).toEqual(['cannot store messages', 'no more: cannot store messages'])
    expect(JSON.stringify(said)).not.toContain('at ')
    store.close()
    expect(storedSeqs()).toEqual(Array.from({ length: 80 }, (_, index) => index + 1))
  })

  test('is not over because nothing comes to be stored', () => {
    const store = open()
    broken = { writeSync: diskError('ENOSPC') }
    add(store)
    for (let turn = 0; turn < 3; turn++) {
      nowMs += 10_000
      store.tick()
    }
    expect(store.faults()).toEqual(['cannot store messages: the disk is full, ENOSPC'])
    store.close()
  })

  test('is over by itself when there is room again, though nothing comes to be stored', () => {
    const store = open()
    broken = { writeSync: diskError('ENOSPC') }
    add(store)
    broken = {}
    store.tick()
    nowMs += 10_000
    store.tick()
    expect(store.faults()).toEqual([])
    store.close()
  })
})

describe('a segment that cannot be begun', () => {
  test('leaves the old one in use, is said once, tried now and then, and is a fault until it is done', () => {
    const store = open()
    add(store, 5)
    broken = { openSync: diskError('EACCES') }
    for (let turn = 0; turn < 200; turn++) {
      nowMs += 100
      expect(add(store)).toBe(true)
    }
    expect(store.failure).toBeNull()
    expect(store.faults()).toEqual(['cannot begin a new segment, the old one grows on: permission denied, EACCES'])
    expect(() => store.prove('')).toThrow('the store fails: cannot begin a new segment')
    expect(said).toHaveLength(1)
    broken = {}
    nowMs += 10_000
    store.tick()
    nowMs += 10_000
    store.tick()
    expect(store.faults()).toEqual([])
    expect(ok(store)).toBe(true)
    expect(readdirSync(folder)).toHaveLength(2)
    store.close()
    expect(storedSeqs()).toHaveLength(205)
  })

  test('keeps an old segment in use that the calendar would have sealed', () => {
    const store = open()
    add(store)
    nowMs += LIMITS.segment.ageMs
    broken = { openSync: diskError('EACCES') }
    store.tick()
    expect(add(store)).toBe(true)
    store.close()
    expect(storedSeqs()).toEqual([1, 2])
  })
})

test('a segment that cannot be deleted is a fault of its own', () => {
  const store = open(undefined, { ...LIMITS, retention: { ageMs: 0, sizeBytes: 0 } })
  add(store, 5)
  broken = { unlinkSync: diskError('EACCES') }
  add(store)
  store.tick()
  expect(store.faults()).toEqual(['cannot delete expired segments: permission denied, EACCES'])
  broken = {}
  store.tick()
  nowMs += 10_000
  store.tick()
  expect(store.faults()).toEqual([])
  expect(storedSeqs()).toEqual([6])
  store.close()
})

describe('the proof', () => {
  test('fails when no file can be made beside the segments', () => {
    const store = open()
    add(store)
    expect(ok(store)).toBe(true)
    rmSync(folder, { recursive: true })
    expect(() => store.prove('')).toThrow('ENOENT')
    store.close()
  })

  test('fails when the newest segment does not end with the newest message', () => {
    const store = open(undefined, { ...LIMITS, segment: { sizeBytes: 1 << 20, ageMs: 1e9 } })
    add(store, 3)
    const other = open()
    add(other)
    expect(() => store.prove('')).toThrow('the store ends with message 4, not 3')
    other.close()
    store.close()
  })

  test('is no message and leaves no file', () => {
    const store = open()
    add(store)
    expect(ok(store)).toBe(true)
    expect(readdirSync(folder)).toHaveLength(1)
    store.close()
    expect(storedSeqs()).toEqual([1])
  })
})

/** Runs the same work against a disk that meets its fate at call number `at`; tells whether it got that far. */
function workUntil(at: number, fate: Error | 'half'): { accepted: number; reached: boolean; refused: number } {
  let calls = 0
  const disk = failingDisk(() => (++calls === at ? fate : null))
  let accepted = 0
  let refused = 0
  try {
    const store = new SegmentStore({ folder, limits: { ...LIMITS, sync: 'batch' }, clock, log, disk })
    for (let turn = 0; turn < 6; turn++) {
      nowMs += 20_000
      const done = add(store, 2)
      if (fate instanceof Died && calls >= at) throw fate
      if (done) accepted += 2
      else refused += 1
      store.tick()
    }
    store.close()
  } catch (error) {
    if (!(error instanceof Died)) throw error
  }
  return { accepted, refused, reached: calls >= at }
}

describe('at every call of the disk', () => {
  test.each<[string, () => Error | 'half']>([
    ['a death', () => new Died()],
    ['a death after half a write', () => 'half'],
  ])('%s loses nothing that was accepted, and numbering goes on', (_title, fate) => {
    for (let at = 2, reached = true; reached; at++) {
      rmSync(folder, { recursive: true, force: true })
      const work = workUntil(at, fate())
      reached = work.reached
      const next = open(failingDisk(() => null))
      add(next)
      next.close()
      const seqs = storedSeqs()
      expect(seqs, `call ${at}`).toEqual(Array.from({ length: seqs.length }, (_, index) => index + 1))
      expect(seqs.length, `call ${at}`).toBeGreaterThan(work.accepted)
    }
  })

  test('an error loses nothing that was accepted, and storing goes on', () => {
    for (let at = 2, reached = true; reached; at++) {
      rmSync(folder, { recursive: true, force: true })
      const work = workUntil(at, diskError('EIO'))
      reached = work.reached
      expect(work.refused, `call ${at}`).toBeLessThanOrEqual(1)
      const seqs = storedSeqs()
      expect(seqs, `call ${at}`).toEqual(Array.from({ length: seqs.length }, (_, index) => index + 1))
      expect(seqs.length, `call ${at}`).toBeGreaterThanOrEqual(work.accepted)
    }
  })

  test('half a line that cannot be cut off again is cut off before the next is written', () => {
    const store = open(
      failingDisk((call) => (call === 'writeSync' ? (broken.writeSync ? 'half' : null) : (broken[call] ?? null))),
    )
    add(store)
    broken = { writeSync: diskError('ENOSPC'), ftruncateSync: diskError('EIO') }
    expect(add(store)).toBe(false)
    broken = { ftruncateSync: diskError('EIO') }
    expect(add(store)).toBe(false)
    broken = {}
    expect(add(store)).toBe(true)
    store.close()
    expect(storedSeqs()).toEqual([1, 2])
  })
})
