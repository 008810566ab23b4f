import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { UsageMeter } from '../../supervisor/control/usage.ts'

const proc = mkdtempSync(join(tmpdir(), 'lanward-proc-'))

function write(pid: number, pssKiB: number, ticks: number): void {
  mkdirSync(join(proc, String(pid)), { recursive: true })
  writeFileSync(join(proc, `${pid}/smaps_rollup`), `Rss:  99 kB\nPss:  ${pssKiB} kB\n`)
  writeFileSync(join(proc, `${pid}/stat`), `${pid} (a b) S ${'0 '.repeat(10)}${ticks} 5 0\n`)
}

test('memory is looked at again after two seconds, each time while a process is young, processor time each time', () => {
  let nowMs = 0
  const meter = new UsageMeter(() => nowMs, proc)
  write(7, 10, 95)
  expect(meter.read(7)).toEqual({ memoryBytes: 10 * 1024, cpuSeconds: 1 })
  for (const [atMs, pss, want] of [
    [2_000, 20, 20],
    [2_001, 30, 20],
    [4_000, 40, 20],
    [4_001, 50, 50],
    [6_001, 60, 50],
  ] as const) {
    nowMs = atMs
    write(7, pss, 195)
    expect(meter.read(7), `at ${atMs} ms`).toEqual({ memoryBytes: want * 1024, cpuSeconds: 2 })
  }
  write(8, 70, 95)
  expect(meter.read(8).memoryBytes).toBe(70 * 1024)
})

test('where the fair share is hidden, it is what the process maps; where there is no process, nothing', () => {
  const meter = new UsageMeter(() => 0, proc)
  write(9, 10, 95)
  rmSync(join(proc, '9/smaps_rollup'))
  writeFileSync(join(proc, '9/statm'), '900 3 1\n')
  expect(meter.read(9).memoryBytes).toBe(3 * 4096)
  expect(meter.read(10)).toEqual({ memoryBytes: null, cpuSeconds: null })
})
