import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { archiveDisk } from '../../../daemons/syslog/archive/archive-disk.ts'
import { sealSegment } from '../../../daemons/syslog/archive/seal-segment.ts'
import { followLines, seqOf } from '../../../daemons/syslog/query/follow.ts'
import { storedLine, writeSegment } from '../archive/sealed-store.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-follow-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('whoever was held up while a segment was sealed goes on behind the last message seen', async () => {
  const lines = Array.from({ length: 9 }, (_, index) => storedLine(index + 1))
  const name = writeSegment(folder, 1, lines.slice(0, 4))
  const offset = Buffer.byteLength(lines.slice(0, 2).join('\n')) + 1
  appendFileSync(join(folder, name), `${lines[4]}\n${lines[5]}\n`)
  writeSegment(folder, 7, lines.slice(6))
  await sealSegment(folder, name, archiveDisk)
  const stop = new AbortController()
  const seen: (number | null)[] = []
  for await (const group of followLines(folder, { name, offset, seq: 2 }, stop.signal)) {
    seen.push(...group.map(seqOf))
    if (seen.at(-1) === 9) stop.abort()
  }
  expect(seen).toEqual([3, 4, 5, 6, 7, 8, 9])
})
