import { mkdtempSync, rmSync, statSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SegmentStore, type StoreLimits } from '../../../daemons/syslog/store/segment-store.ts'
import { filesIn, sealAll, storedLine, writeSegment } from './sealed-store.ts'

const DAY_MS = 86_400_000
const NOW_MS = Date.UTC(2026, 1, 20)
const clock = { wallMs: () => NOW_MS, wallNs: () => BigInt(NOW_MS) * 1_000_000n, monotonicMs: () => 0 }

let folder = ''
let store: SegmentStore | null = null
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-retention-'))
})
afterEach(() => {
  store?.close()
  store = null
  rmSync(folder, { recursive: true })
})

/** A segment of ten messages, last written so many days ago. */
function segment(firstSeq: number, daysAgo: number): string {
  const name = writeSegment(
    folder,
    firstSeq,
    Array.from({ length: 10 }, (_, index) => storedLine(firstSeq + index)),
  )
  const seconds = (NOW_MS - daysAgo * DAY_MS) / 1000
  utimesSync(join(folder, name), seconds, seconds)
  return name
}

function open(retention: StoreLimits['retention']): SegmentStore {
  const limits: StoreLimits = { segment: { sizeBytes: 1 << 30, ageMs: 1e12 }, retention, sync: 'off' }
  store = new SegmentStore({ folder, limits, clock, log: pino({ level: 'silent' }) })
  return store
}

function stems(): string[] {
  return [...new Set(filesIn(folder).map((name) => name.replace(/\..*/, '')))].filter((name) => /^\d/.test(name))
}

test('sealed segments go by the age of their messages, with all their files', async () => {
  const names = [segment(1, 9), segment(11, 5), segment(21, 1), segment(31, 0)]
  await sealAll(folder)
  open({ ageMs: 3 * DAY_MS, sizeBytes: 1 << 30 }).tick()
  expect(stems()).toEqual(names.slice(2).map((name) => name.replace('.ndjson', '')))
})

test('the size of the store is that of both kinds with all their files and the manifest', async () => {
  segment(1, 3)
  segment(11, 2)
  segment(21, 1)
  await sealAll(folder)
  const sizes = filesIn(folder).map((name) => statSync(join(folder, name)).size)
  const whole = sizes.reduce((sum, size) => sum + size, 0)
  expect(open({ ageMs: 1e12, sizeBytes: whole }).usage()).toEqual({ messages: 30, segments: 3, bytes: whole })
  store?.tick()
  expect(stems()).toHaveLength(3)
  store?.setLimits({
    segment: { sizeBytes: 1, ageMs: 1 },
    retention: { ageMs: 1e12, sizeBytes: whole - 1 },
    sync: 'off',
  })
  store?.tick()
  expect(stems().length).toBeLessThan(4)
  expect(stems()[0]).toMatch(/^0*11-/)
})

test('numbers go on behind sealed segments when somebody deleted the newest', async () => {
  segment(1, 3)
  segment(11, 2)
  const newest = segment(21, 1)
  await sealAll(folder)
  rmSync(join(folder, newest))
  expect(open({ ageMs: 1e12, sizeBytes: 1 << 30 }).nextSeq).toBe(21)
  expect(store?.append(Buffer.from(`${storedLine(21)}\n`), 1)).toBe(true)
  expect(stems().at(-1)).toMatch(/^0*21-/)
})
