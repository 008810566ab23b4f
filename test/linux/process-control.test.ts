import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { testWith } from '../support/needs.ts'
import { waitFor } from '../support/wait-for.ts'

const CHILD = new URL('../children/process-control.ts', import.meta.url).pathname

function ask(what: string): string {
  const run = spawnSync(process.execPath, ['--import', 'tsx', CHILD, what], { encoding: 'utf8' })
  if (run.status !== 0) throw new Error(run.stderr)
  return run.stdout
}

/** The kernel's letter for a process; a dead one may wait to be reaped. */
function stateOf(pid: number): string {
  try {
    return /^State:\s*(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? ''
  } catch {
    return 'gone'
  }
}

describe('process control, as the kernel tells it in /proc', () => {
  test('forbidNewPrivileges sets NoNewPrivs', () => expect(ask('no-new-privileges')).toBe('1'))
  test('setResourceLimit sets soft and hard limit of open files', () => expect(ask('limit')).toBe('123 456 123 456'))
  test('becomeSubreaper makes an orphan ours, peekZombie leaves it, reapZombie takes it once and only when dead', () =>
    expect(ask('subreaper')).toBe('true false true true null false'))
  testWith(['root'], 'setGroups replaces the supplementary groups', () => expect(ask('groups')).toBe('4242 4343'))

  test('setParentDeathSignal has the kernel kill the child of a killed parent', async () => {
    const parent = spawn(process.execPath, ['--import', 'tsx', CHILD, 'parent-of-dying'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const [line] = await once(parent.stdout, 'data')
    const childPid = Number(String(line))
    expect(childPid).toBeGreaterThan(1)
    parent.kill('SIGKILL')
    // A dying process closes its files before it is dead.
    await waitFor('the end of the child', () => (/^(gone|Z|X)$/.test(stateOf(childPid)) ? true : undefined))
  })
})
