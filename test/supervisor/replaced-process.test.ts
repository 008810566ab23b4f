import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decodeStatus } from '../../daemons/linux/child-exit.ts'
import { replaceProcess } from '../../daemons/linux/replace-process.ts'

const PROGRAM = join(import.meta.dirname, '../children/replaces-itself.ts')

describe('a process that replaced its program', () => {
  test('adopts its children: exact ends, whole lines, channels in the middle of a message', () => {
    const run = spawnSync(process.execPath, [PROGRAM], { encoding: 'utf8', timeout: 20_000 })
    expect(run.stderr).toBe('')
    expect(JSON.parse(run.stdout)).toEqual({
      samePid: true,
      done: [0, null, 'half of '],
      seven: [7, null, 'half of '],
      last: [255, null, 'half of '],
      term: [null, 'SIGTERM', 'half of '],
      killed: [null, 'SIGKILL', 'half of '],
      fault: [null, 'SIGSEGV', 'half of '],
      'daemon echoes': { after: 'daemon' },
      daemon: [7, null],
      'open echoes': { after: 'open' },
      open: [7, null],
      questions: [['status', { never: 'answered' }]],
    })
  })

  test('goes on when the kernel refuses the new program', () => {
    expect(() => replaceProcess('/nonexistent/program', ['program'], {})).toThrow(
      expect.objectContaining({ code: 'ENOENT', syscall: 'execve' }),
    )
  })
})

test.each([
  [0x0000, 0, null],
  [0x4e00, 78, null],
  [0xff00, 255, null],
  [0x0009, null, 'SIGKILL'],
  [0x0086, null, 'SIGABRT'], // with a core dump
  [0x0022, null, 'SIG34'], // a real-time signal
])('decodeStatus reads %i', (status, code, signal) => {
  expect(decodeStatus(status)).toEqual({ code, signal })
})
