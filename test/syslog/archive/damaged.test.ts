import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { archiveDisk } from '../../../daemons/syslog/archive/archive-disk.ts'
import { sealSegment } from '../../../daemons/syslog/archive/seal-segment.ts'
import { sealedChunks } from '../../../daemons/syslog/query/store-chunks.ts'
import { runLogs } from '../query/run-logs.ts'
import { storedLine, writeSegment } from './sealed-store.ts'

let stateDir = ''
let path = ''
let whole = Buffer.alloc(0)
beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'lanward-damaged-'))
  const folder = join(stateDir, 'segments')
  const lines = Array.from({ length: 300 }, (_, index) =>
    storedLine(index + 1, {
      host: `h${index % 5}`,
      app: index % 7 === 0 ? null : 'app',
      raw: `<13>message ${index + 1}`,
    }),
  )
  const name = writeSegment(folder, 1, lines)
  await sealSegment(folder, name, archiveDisk)
  path = join(folder, name.replace('.ndjson', '.parquet'))
  whole = readFileSync(path)
})
afterAll(() => rmSync(stateDir, { recursive: true }))

test('a damaged file is an error or other text, never a hang, a crash or all memory', () => {
  const damage = fc.oneof(
    fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255), cut: fc.constant(0) }),
    // The footer is where the sizes stand.
    fc.record({
      at: fc.integer({ min: whole.length - 4000, max: whole.length - 1 }),
      byte: fc.nat(255),
      cut: fc.constant(0),
    }),
    fc.record({ at: fc.constant(0), byte: fc.constant(80), cut: fc.nat(whole.length) }),
  )
  let errors = 0
  fc.assert(
    fc.property(damage, ({ at, byte, cut }) => {
      const bytes = Buffer.from(whole.subarray(0, whole.length - cut))
      if (at < bytes.length) bytes[at] = byte
      writeFileSync(path, bytes)
      try {
        for (const chunk of sealedChunks(path, 'forward')) chunk.lines()
      } catch (error) {
        errors += 1
        expect(error).toBeInstanceOf(Error)
      }
    }),
    { numRuns: 400, seed: 3 },
  )
  expect(errors).toBeGreaterThan(50)
})

test('a file that cannot be read is named', async () => {
  writeFileSync(path, 'nothing of the kind')
  const { code, stderr } = await runLogs(stateDir)
  expect(code).toBe(75)
  expect(stderr).toContain(path)
})
