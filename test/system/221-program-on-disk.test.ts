import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { askSupervisor } from '../../supervisor/control/control-client.ts'
import { ALL_FOUR, type Box, startBox } from '../support/box.ts'
import { type Installation, install } from '../support/installation.ts'
import { waitFor } from '../support/wait-for.ts'

/** What must not change when the supervisor is asked to be replaced and is not. */
async function livesIn(box: Box): Promise<unknown> {
  const { services, supervisor } = await box.status()
  expect(supervisor).toMatchObject({ pid: box.supervisor.pid })
  return services.map(({ name, state, pid, restarts, last_exit }) => ({ name, state, pid, restarts, last_exit }))
}

/** Asks for it without holding up this process, and gives why not. */
async function refusal(box: Box): Promise<unknown> {
  return askSupervisor(join(box.folder, 'run/control.sock'), 'reexec', {}, null).catch((error: unknown) => error)
}

describe('a supervisor refuses to be replaced, and nothing changes', () => {
  test('by a wrong configuration, whose mistakes are told', async () => {
    await using box = await startBox({ config: ALL_FOUR })
    const before = await livesIn(box)
    writeFileSync(box.config, `${readFileSync(box.config, 'utf8')}\n[ntpp]\n`)
    const refused = box.lanward('reexec')
    expect(refused.status).toBe(78)
    expect(refused.stderr).toMatch(/lanward\.toml:[0-9]+: ntpp: /)
    expect((await box.status()).supervisor.execs).toBe(0)
    expect(await livesIn(box)).toEqual(before)
  })

  test('by a program on disk that does not run; by one that does, it is', async () => {
    using installed = install()
    await using box = await startBox({ config: ALL_FOUR, launcher: installed.launcher })
    const before = await livesIn(box)
    installed.exchange('throw new Error("half copied")')
    expect(await refusal(box)).toMatchObject({
      exitCode: 75,
      message: expect.stringMatching(/cannot take over, nothing was changed: exit code 70\n.*half copied/s),
    })
    expect((await box.status()).supervisor).toMatchObject({ execs: 0, version: '0.1.0' })
    expect(await livesIn(box)).toEqual(before)
    installed.restore()
    installed.setVersion('0.9.9')
    expect(box.lanward('reexec').stdout).toMatch(/^lanward 0\.1\.0 is now 0\.9\.9 \(pid [0-9]+, /)
    expect((await box.status()).supervisor).toMatchObject({ execs: 1, version: '0.9.9' })
    expect(await livesIn(box)).toEqual(before)
  })

  test('by the kernel, which is asked last', async () => {
    using installed = install()
    await using box = await startBox({ config: ALL_FOUR, launcher: installed.launcher })
    const before = await livesIn(box)
    // Rehearses well, and is gone when it is to be run.
    installed.exchangeNode('#!/bin/sh\ncat >/dev/null\nrm "$0"\necho \'{ "version": "9" }\'\n')
    expect(await refusal(box)).toMatchObject({
      exitCode: 75,
      message: expect.stringMatching(/^nothing was changed: execve .*ENOENT/),
    })
    expect(await livesIn(box)).toEqual(before)
    process.kill((await box.service('ntp')).pid ?? 0, 'SIGKILL')
    await box.until('ntp', 'its next life', ({ state, restarts }) => state === 'ready' && restarts === 1)
    await waitFor('lines still go into the store', () =>
      box.lanward('logs', '--service', 'lanward', '--grep', 'ready').stdout.includes('ready') ? true : undefined,
    )
    expect(await box.stop()).toBe(0)
  })
})

test('a link that is turned to another version is followed, and the old one is not needed any more', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-link-'))
  const link = join(folder, 'lanward')
  const turnTo = (installed: Installation): void => {
    rmSync(link, { force: true })
    symlinkSync(join(installed.launcher, '../..'), link)
  }
  using later = install()
  later.setVersion('0.9.9')
  {
    using earlier = install()
    turnTo(earlier)
    await using box = await startBox({ config: ALL_FOUR, launcher: join(link, 'supervisor/lanward.js') })
    const before = await livesIn(box)
    turnTo(later)
    expect(box.lanward('reexec').stdout).toContain('0.1.0 is now 0.9.9')
    expect(await livesIn(box)).toEqual(before)
    earlier[Symbol.dispose]()
    expect(box.lanward('restart', 'ntp').stdout).toBe('ntp is ready\n')
    process.kill((await box.service('http')).pid ?? 0, 'SIGKILL')
    await box.until('http', 'its next life', ({ state, restarts }) => state === 'ready' && restarts === 1)
  }
  rmSync(folder, { recursive: true })
})

test('a signal that comes before the new program listens waits until it does', async () => {
  using installed = install()
  installed.exchange(`
    process.stdin.resume()
    process.once('SIGUSR2', () => process.on('SIGTERM', () => process.exit(3)))
    process.stdout.write('loaded')`)
  const environment = { ...process.env, LANWARD_HANDOVER: '99' }
  const program = spawn(process.execPath, [installed.launcher, 'up'], {
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(program.stdout, 'data')
  program.kill('SIGTERM')
  program.kill('SIGUSR2')
  expect(await once(program, 'exit')).toEqual([3, null])
})
