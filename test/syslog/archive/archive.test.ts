import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Logger, pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Archive } from '../../../daemons/syslog/archive/archive.ts'
import { chooseDue } from '../../../daemons/syslog/archive/choose-due.ts'
import { MANIFEST, Manifest } from '../../../daemons/syslog/archive/manifest.ts'
import { pruneManifest } from '../../../daemons/syslog/archive/prune-manifest.ts'
import { stemOf } from '../../../daemons/syslog/store/segment-folder.ts'
import { bundleAlone } from '../../support/bundle-alone.ts'
import { waitFor } from '../../support/wait-for.ts'
import { segmentsIn } from '../store/segments-in.ts'
import { filesIn, sealAll, storedLine, writeSegment } from './sealed-store.ts'

const HOUR_MS = 3_600_000
const DAY = Date.UTC(2026, 0, 31)

let folder = ''
let archive: Archive
let said: { level: number; msg: string }[] = []
let nowMs = 0
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-archive-'))
  said = []
  nowMs = 0
})
afterEach(async () => {
  await archive?.close()
  rmSync(folder, { recursive: true })
})

const log: Logger = pino({ level: 'warn' }, { write: (text) => void said.push(JSON.parse(text)) })

function open(changes: Partial<ConstructorParameters<typeof Archive>[0]> = {}): Archive {
  const clock = { wallMs: () => DAY, wallNs: () => BigInt(DAY) * 1_000_000n, monotonicMs: () => nowMs }
  archive = new Archive({
    ...{ folder, section: { enabled: true, afterMs: HOUR_MS }, clock, log, neededFrom: () => null },
    segments: () => segmentsIn(folder),
    ...changes,
  })
  return archive
}

/** A segment of three messages, last written some hours ago. */
function segment(firstSeq: number, hoursAgo: number): string {
  const name = writeSegment(
    folder,
    firstSeq,
    [0, 1, 2].map((more) => storedLine(firstSeq + more)),
  )
  const seconds = (DAY - hoursAgo * HOUR_MS) / 1000
  utimesSync(join(folder, name), seconds, seconds)
  return name
}

/** A program that stands for the sealing process. */
function program(text: string): string {
  const path = join(folder, 'program.mjs')
  writeFileSync(path, text)
  return path
}

function endings(): string[] {
  return filesIn(folder).map((name) => name.replace(/^.*?\./, ''))
}

async function until(met: () => boolean): Promise<void> {
  await waitFor('the end of the sealing process', () => (met() ? true : undefined))
}

describe('what is due', () => {
  const kept = [1, 4, 7, 10].map((firstSeq) => ({
    name: firstSeq === 4 ? 's4.parquet' : `s${firstSeq}.ndjson`,
    firstSeq,
    bytes: 100,
    lastMs: firstSeq * HOUR_MS,
  }))

  test.each([
    ['old ones that are not sealed, never the newest', 0, Number.POSITIVE_INFINITY, ['s1.ndjson', 's7.ndjson']],
    ['not before their time', 5 * HOUR_MS, Number.POSITIVE_INFINITY, ['s1.ndjson']],
    ['not while somebody needs their last message', 0, 9, ['s1.ndjson']],
    ['as soon as nobody does', 0, 10, ['s1.ndjson', 's7.ndjson']],
    ['nothing', 0, 1, []],
  ])('%s', (_title, afterMs, neededFrom, want) => {
    expect(chooseDue(kept, afterMs, neededFrom, 10 * HOUR_MS)).toEqual(want)
  })
})

test('seals what is old enough, in a process of its own, and leaves it its age', async () => {
  const old = [segment(1, 30), segment(4, 20)]
  segment(7, 0.5)
  segment(10, 0)
  writeFileSync(join(folder, MANIFEST), '{"name":"one that is gone"}\n')
  open().tick()
  await until(() => archive.counters()['sealed_segments'] === 2)
  expect(Manifest.read(folder).names()).toEqual(old.map(stemOf))
  expect(archive.counters()).toEqual({ sealed_segments: 2, sealed_messages: 6, unsealable_segments: 0 })
  expect(endings()).toEqual(['parquet', 'sieve', 'parquet', 'sieve', 'ndjson', 'ndjson', 'jsonl'])
  expect(segmentsIn(folder)[0]).toMatchObject({
    name: old[0]?.replace('ndjson', 'parquet'),
    lastMs: DAY - 30 * HOUR_MS,
  })
  expect([archive.faults(), archive.note(), said]).toEqual([[], null, []])
})

test('seals nothing when told not to, or when a forwarder still reads it', async () => {
  segment(1, 30)
  segment(4, 0)
  open({ section: { enabled: false, afterMs: 0 } }).tick()
  open({ neededFrom: () => 3 }).tick()
  await archive.close()
  expect(endings()).toEqual(['ndjson', 'ndjson'])
})

test('without the engine segments stay, and that is said once', async () => {
  segment(1, 30)
  segment(4, 0)
  const alone = await bundleAlone('daemons/syslog/archive/seal.ts')
  try {
    open({ program: alone.program }).tick()
    await until(() => archive.note() !== null)
    expect(archive.note()).toBe('old segments stay NDJSON: @duckdb/node-api is not installed')
    for (let round = 0; round < 3; round++) archive.tick()
    expect(said.map(({ msg }) => msg)).toEqual(['old segments stay NDJSON: @duckdb/node-api is not installed'])
    expect([archive.faults(), endings()]).toEqual([[], ['ndjson', 'ndjson']])
  } finally {
    rmSync(alone.folder, { recursive: true })
  }
})

test('a segment that cannot be sealed is told once and does not keep others back', async () => {
  const bad = segment(1, 30)
  writeFileSync(join(folder, bad), 'nonsense\n')
  utimesSync(join(folder, bad), 1, 1)
  segment(4, 20)
  segment(7, 0)
  open().tick()
  await until(() => archive.counters()['sealed_segments'] === 1)
  await until(() => said.length === 1)
  await archive.close()
  archive.tick()
  expect(archive.counters()['unsealable_segments']).toBe(1)
  expect(said.map(({ msg }) => msg)).toEqual(['a segment cannot be sealed and stays NDJSON'])
})

test('a process that dies is a fault, and the segment is tried three times before it is left with a word in the status', async () => {
  const first = segment(1, 30)
  segment(4, 0)
  const trace = join(folder, 'trace')
  const dies = program(
    `import { appendFileSync } from 'node:fs'; appendFileSync(${JSON.stringify(trace)}, 'x'); process.kill(process.pid, 'SIGSEGV')`,
  )
  open({ program: dies })
  const starts = (): number => (existsSync(trace) ? readFileSync(trace).length : 0)
  archive.tick()
  await until(() => archive.faults().length > 0)
  expect([archive.faults(), archive.note()]).toEqual([
    ['cannot seal old segments, they stay NDJSON: the process died by SIGSEGV'],
    null,
  ])
  const aMinuteLater = (): void => {
    nowMs += 61_000
    archive.tick()
  }
  await until(() => {
    aMinuteLater()
    return archive.note() !== null
  })
  expect(archive.note()).toBe('1 old segment stays NDJSON until the next start: the sealing process died 3 times')
  aMinuteLater()
  aMinuteLater()
  expect([starts(), archive.faults()]).toEqual([3, []])
  rmSync(join(folder, first))
  archive.tick()
  expect(archive.note()).toBeNull()
})

test('a full disk is a fault with its name, and the next attempt waits', async () => {
  segment(1, 30)
  segment(4, 0)
  const report = { kind: 'failed', segment: 's', code: 'ENOSPC', reason: 'no space' }
  open({ program: program(`console.log(${JSON.stringify(JSON.stringify(report))})`) }).tick()
  await until(() => archive.faults().length > 0)
  expect(archive.faults()).toEqual(['cannot seal old segments, they stay NDJSON: the disk is full, ENOSPC'])
})

test('a separator of lines inside a report ends no line', async () => {
  const name = segment(1, 30)
  segment(4, 0)
  const report = JSON.stringify({ kind: 'unsealable', segment: name, reason: 'Malformed JSON: "a\u2028b\u2029c"' })
  open({ program: program(`process.stdout.write(${JSON.stringify(`${report}\n`)})`) }).tick()
  await until(() => archive.counters()['unsealable_segments'] === 1)
  expect([archive.faults(), said.length]).toEqual([[], 1])
})

test.each([
  ['no JSON', 'a line\n'],
  ['null', 'null\n'],
  ['no report', '{"kind":"other"}\n'],
  ['a line without end', 'a'.repeat(2 << 20)],
])('what the process tells that is %s is a failure of the process alone', async (_title, text) => {
  segment(1, 30)
  segment(4, 0)
  open({ program: program(`process.stdout.write(${JSON.stringify(text)}); setInterval(() => {}, 1000)`) }).tick()
  await until(() => archive.faults().length > 0)
  expect(archive.faults()).toEqual(['cannot seal old segments, they stay NDJSON: the process told what is no report'])
})

test('a stop ends the process at once', async () => {
  segment(1, 30)
  segment(4, 0)
  open({ program: program('setInterval(() => {}, 1000)') }).tick()
  await archive.close()
  expect([archive.faults(), endings()]).toEqual([[], ['ndjson', 'ndjson', 'mjs']])
})

test('the manifest loses the lines of segments that are gone, once they are more than the others', async () => {
  for (const firstSeq of [1, 4, 7, 10]) segment(firstSeq, 30)
  await sealAll(folder)
  const names = segmentsIn(folder).map(({ name }) => stemOf(name))
  for (const name of names.slice(0, 2)) rmSync(join(folder, `${name}.parquet`))
  pruneManifest(folder)
  expect(Manifest.read(folder).names()).toEqual(names.slice(2, 3))
  expect(Manifest.read(folder).find(names[2] ?? '')?.rows).toBe(3)
})
