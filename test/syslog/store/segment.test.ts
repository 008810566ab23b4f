import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Disk, disk } from '../../../daemons/syslog/store/disk.ts'
import { Segment } from '../../../daemons/syslog/store/segment.ts'

/** A segment whose background syncs end when the test says so, and what was asked of its disk. */
function slowSegment(): { segment: Segment; asked: string[]; endSync(): void; [Symbol.dispose](): void } {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-segment-'))
  const asked: string[] = []
  const ends: (() => void)[] = []
  const slow: Disk = {
    ...disk,
    fdatasync: Object.assign(
      (_fd: number, done: (error: null) => void) => {
        asked.push('sync')
        ends.push(() => done(null))
      },
      { __promisify__: disk.fdatasync.__promisify__ },
    ),
    fdatasyncSync: () => asked.push('syncNow'),
    closeSync: (fd) => {
      asked.push('close')
      disk.closeSync(fd)
    },
  }
  return {
    segment: new Segment(join(folder, 'x.ndjson'), 0, slow),
    asked,
    endSync: () => ends.shift()?.(),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

const LINE = Buffer.from('{"seq":1}\n')
const ignore = (): void => undefined

test('a retired segment is closed only when all of it is on the disk, also what came during a sync', () => {
  using slow = slowSegment()
  slow.segment.append(LINE)
  slow.segment.syncLater(ignore)
  slow.segment.append(LINE)
  slow.segment.retire(ignore)
  expect(slow.asked).toEqual(['sync'])
  slow.endSync()
  expect(slow.asked).toEqual(['sync', 'sync'])
  slow.endSync()
  expect(slow.asked).toEqual(['sync', 'sync', 'close'])
})

test('syncNow does not rely on a sync that is still under way', () => {
  using slow = slowSegment()
  slow.segment.append(LINE)
  slow.segment.syncLater(ignore)
  slow.segment.syncNow()
  expect(slow.asked).toEqual(['sync', 'syncNow'])
  slow.segment.close()
  slow.endSync()
  expect(slow.asked).toEqual(['sync', 'syncNow', 'close'])
})
