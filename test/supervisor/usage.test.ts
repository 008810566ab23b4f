import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { UsageMeter } from '../../supervisor/usage.ts'

const proc = mkdtempSync(join(tmpdir(), 'lanward-proc-'))

function write(pid: number, pssKiB: number, ticks: number): void {
  mkdirSync(join(proc, String(pid)), { recursive: true })
  writeFileSync(join(proc, `${pid}/smaps_rollup`), `Rss:  99 kB\nPss:  ${pssKiB} kB\n`)
  writeFileSync(join(proc, `${pid}/stat`), `${pid} (a b) S ${'0 '.repeat(10)}${ticks} 5 0\n`)
}

test('memory is looked at again after two seconds, or for another process, processor time each time', () => {
  let nowMs = 0
  const meter = new UsageMeter(() => nowMs, proc)
  write(7, 10, 95)
  expect(meter.read(7)).toEqual({ memoryBytes: 10 * 1024, cpuSeconds: 1 })
  write(7, 20, 195)
  write(8, 30, 95)
  nowMs = 2_000
  expect(meter.read(7)).toEqual({ memoryBytes: 10 * 1024, cpuSeconds: 2 })
  expect(meter.read(8).memoryBytes).toBe(30 * 1024)
  nowMs = 2_001
  expect(meter.read(7).memoryBytes).toBe(20 * 1024)
})

test('where the fair share is hidden, it is what the process maps; where there is no process, nothing', () => {
  const meter = new UsageMeter(() => 0, proc)
  write(9, 10, 95)
  rmSync(join(proc, '9/smaps_rollup'))
  writeFileSync(join(proc, '9/statm'), '900 3 1\n')
  expect(meter.read(9).memoryBytes).toBe(3 * 4096)
  expect(meter.read(10)).toEqual({ memoryBytes: null, cpuSeconds: null })
})
