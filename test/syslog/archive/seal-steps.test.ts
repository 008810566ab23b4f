import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ArchiveDisk, archiveDisk } from '../../../daemons/syslog/archive/archive-disk.ts'
import { Manifest } from '../../../daemons/syslog/archive/manifest.ts'
import { sealSegment, Unsealable } from '../../../daemons/syslog/archive/seal-segment.ts'
import { listExtents } from '../../../daemons/syslog/query/segment-lines.ts'
import { chunksOf } from '../../../daemons/syslog/query/store-chunks.ts'
import { Died, diskError } from '../store/failing-disk.ts'
import { filesIn, storedLine, writeSegment } from './sealed-store.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-archive-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const LINES = Array.from({ length: 50 }, (_, index) => storedLine(index + 1, { host: `h${index % 3}` }))

function readLines(): string[] {
  return listExtents(folder).flatMap((extent) => [...chunksOf(extent, 'forward')].flatMap((chunk) => chunk.lines()))
}

/** The real disk; the call with the given number throws instead, after half of a write. */
function diskThatFails(failing: number, error: Error): { disk: ArchiveDisk; calls: string[] } {
  const calls: string[] = []
  const disk = Object.fromEntries(
    Object.entries(archiveDisk)
      .filter(([name]) =>
        [
          'closeSync',
          'fsyncSync',
          'futimesSync',
          'openSync',
          'renameSync',
          'rmSync',
          'unlinkSync',
          'writeSync',
        ].includes(name),
      )
      .map(([name, real]) => [
        name,
        (...words: unknown[]) => {
          calls.push(name)
          const call = real as (...words: unknown[]) => unknown
          if (calls.length - 1 !== failing) return call(...words)
          if (name === 'writeSync') call(words[0], words[1], words[2], Math.ceil(Number(words[3]) / 2))
          throw error
        },
      ]),
  ) as unknown as ArchiveDisk
  return { disk, calls }
}

describe.each([
  ['a death', new Died(), /./],
  ['a full disk', diskError('ENOSPC'), /write|open/],
])('%s', (_title, error, at) => {
  test('at any step loses nothing and doubles nothing, and the next attempt ends well', async () => {
    const { disk: watched, calls: steps } = diskThatFails(-1, error)
    await sealSegment(folder, writeSegment(folder, 1, LINES), watched)
    expect(steps.length).toBeGreaterThan(20)
    for (const failing of [...steps.keys()].filter((step) => at.test(steps[step] ?? ''))) {
      rmSync(folder, { recursive: true })
      const name = writeSegment(folder, 1, LINES)
      const { disk, calls } = diskThatFails(failing, error)
      const end = await sealSegment(folder, name, disk).then(
        () => null,
        (thrown: unknown) => thrown,
      )
      expect(end).toBe(error)
      expect(readLines(), `after step ${failing}, ${calls.at(-1)}`).toEqual(LINES)
      if (existsSync(join(folder, name))) await sealSegment(folder, name, archiveDisk)
      expect(readLines()).toEqual(LINES)
      const stem = name.replace('.ndjson', '')
      expect(filesIn(folder)).toEqual([`${stem}.parquet`, `${stem}.sieve`, 'manifest.jsonl'])
      expect(Manifest.read(folder).find(stem)?.rows).toBe(LINES.length)
    }
  }, 60_000)
})

test('a segment whose sealed form is on the disk already is only deleted', async () => {
  const name = writeSegment(folder, 1, LINES)
  copyFileSync(join(folder, name), join(folder, 'kept'))
  const first = await sealSegment(folder, name, archiveDisk)
  copyFileSync(join(folder, 'kept'), join(folder, name))
  const { disk, calls } = diskThatFails(-1, new Died())
  expect(await sealSegment(folder, name, disk)).toEqual(first)
  expect(calls).toEqual(['unlinkSync', 'openSync', 'fsyncSync', 'closeSync'])
})

test.each([
  ['a torn last line', (lines: string[]) => `${lines.join('\n')}\n{"rt":"2026-`],
  ['a last line without its end', (lines: string[]) => lines.join('\n')],
  ['a line that is no JSON', (lines: string[]) => `${lines.with(3, 'nonsense').join('\n')}\n`],
  ['JSON that is no message', (lines: string[]) => `${lines.with(3, '{"a":1}').join('\n')}\n`],
  ['an empty line', (lines: string[]) => `${lines.toSpliced(3, 0, '').join('\n')}\n`],
  ['a missing number', (lines: string[]) => `${lines.toSpliced(3, 1).join('\n')}\n`],
  ['a number twice', (lines: string[]) => `${lines.toSpliced(3, 0, lines[3] ?? '').join('\n')}\n`],
  [
    'numbers out of order',
    (lines: string[]) =>
      `${lines
        .with(3, lines[4] ?? '')
        .with(4, lines[3] ?? '')
        .join('\n')}\n`,
  ],
  ['no time of receipt', (lines: string[]) => `${lines.with(3, storedLine(4, { rt: 'noon' })).join('\n')}\n`],
  ['half a character', (lines: string[]) => `${lines.with(3, storedLine(4, { msg: '\ud800' })).join('\n')}\n`],
  [
    'octets that are no UTF-8',
    (lines: string[]) => Buffer.from(`${lines.join('\n')}\n`.replace('message 7', 'm\xff'), 'latin1'),
  ],
  ['nothing', () => ''],
])('a segment with %s stays as it is', async (_title, content) => {
  const name = writeSegment(folder, 1, [])
  writeFileSync(join(folder, name), content(LINES))
  await expect(sealSegment(folder, name, archiveDisk)).rejects.toThrow(Unsealable)
  expect(filesIn(folder).filter((file) => !file.endsWith('.tmp'))).toEqual([name])
})
