import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ALL_FOUR, startBox } from '../support/box.ts'
import { waitFor } from '../support/wait-for.ts'

const LAUNCHER = join(import.meta.dirname, '../../supervisor/lanward.js')

test('the services that died with a killed supervisor say so under the next one: status, why, ledger, log', async () => {
  await using box = await startBox({ config: ALL_FOUR })
  const before = await box.service('ntp')
  const gone = once(box.supervisor, 'exit')
  box.supervisor.kill('SIGKILL')
  await gone
  const next = spawn(process.execPath, [LAUNCHER, 'up', '--config', box.config], { stdio: ['ignore', 'pipe', 'pipe'] })
  const printed: string[] = []
  next.stdout.setEncoding('utf8').on('data', (text: string) => printed.push(text))
  const ended = once(next, 'exit')
  try {
    await waitFor('all services under the next supervisor', async () => {
      const now = await box.status().catch(() => null)
      return (now?.supervisor.pid === next.pid && now?.services.every(({ state }) => state === 'ready')) || undefined
    })
    const ntp = await box.service('ntp')
    expect(ntp.pid).not.toBe(before.pid)
    expect(ntp.last_exit).toMatchObject({ reason: 'supervisor', code: null, signal: null, gap_ms: expect.any(Number) })
    const story = `lanward: lanward itself (pid ${box.supervisor.pid}) was killed or crashed: last seen alive at `
    const why = JSON.parse(box.lanward('why', 'ntp', '--json').stdout)
    expect(why.exits).toHaveLength(1)
    expect(why.exits[0]).toMatchObject({ reason: 'supervisor', last_lines: [expect.stringContaining(story)] })
    expect(box.lanward('why', 'dhcp').stdout).toMatch(
      /run 1: ended with lanward itself, which was killed or crashed; ready again after .*\n.*\n {4}lanward: lanward itself/,
    )
    expect(printed.join('')).toContain(`"services":["syslog","ntp","dhcp","http"],"msg":"${story}`)
    expect(await box.until('syslog', 'a next life', ({ state }) => state === 'ready')).toMatchObject({ restarts: 0 })
  } finally {
    next.kill('SIGTERM')
    await ended
  }
  expect(existsSync(join(box.folder, 'run/lanward.alive'))).toBe(false)
  const third = spawn(process.execPath, [LAUNCHER, 'up', '--config', box.config], { stdio: 'ignore' })
  const over = once(third, 'exit')
  try {
    await waitFor('ntp under the third supervisor', async () => {
      const now = await box.service('ntp').catch(() => null)
      return now?.state === 'ready' ? now : undefined
    })
    expect(JSON.parse(box.lanward('why', 'ntp', '--json').stdout).exits[0]).toMatchObject({ reason: 'asked' })
  } finally {
    third.kill('SIGTERM')
    await over
  }
})
