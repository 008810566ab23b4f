import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { askSupervisor } from '../../supervisor/control/control-client.ts'
import { ALL_FOUR, type Box, configure, startBox } from '../support/box.ts'
import { HANG_MS, waitFor } from '../support/wait-for.ts'

/** What `lanward reload` says of each service. */
function reload(box: Box): Record<string, string> {
  const { status, stdout } = box.lanward('reload', '--json')
  expect(status).toBe(0)
  const { changes }: { changes: { service: string; change: string }[] } = JSON.parse(stdout)
  return Object.fromEntries(changes.map(({ service, change }) => [service, change]))
}

async function pids(box: Box): Promise<Record<string, number | null>> {
  return Object.fromEntries((await box.status()).services.map(({ name, pid }) => [name, pid]))
}

describe('a reload', () => {
  test('changes what changed: in the running daemon where it can, by a restart where it must', async () => {
    await using box = await startBox({ config: ALL_FOUR })
    const before = await pids(box)
    expect(reload(box)).toEqual({ syslog: 'unchanged', ntp: 'unchanged', dhcp: 'unchanged', http: 'unchanged' })
    const config = ALL_FOUR.replace('[ntp]', '[ntp]\nlocal_stratum = 7')
      .replace('[dhcp]', '[dhcp]\nserver_id = "10.77.0.9"')
      .replace('[syslog]', '[syslog]\nmax_message = "128KiB"')
    configure(box.config, { config })
    expect(reload(box)).toEqual({ syslog: 'restarted', ntp: 'reloaded', dhcp: 'restarted', http: 'unchanged' })
    for (const name of ['syslog', 'dhcp']) await box.until(name, 'a new run', ({ pid }) => pid !== before[name])
    await box.until('dhcp', 'ok', ({ health }) => health === 'ok')
    const after = await pids(box)
    expect([after['ntp'], after['http']]).toEqual([before['ntp'], before['http']])
    const section = JSON.parse(readFileSync(join(box.folder, 'run/dhcp.section.json'), 'utf8'))
    expect(section.serverId).toBe('10.77.0.9')
    await box.until('ntp', 'told of its new stratum', ({ status }) => status.includes('stratum 7'))
  })

  test('brings a new log level to every daemon without a restart', async () => {
    await using box = await startBox({ config: ALL_FOUR })
    const before = await pids(box)
    writeFileSync(box.config, `log_level = "error"\n${readFileSync(box.config, 'utf8')}`)
    expect(Object.values(reload(box))).toEqual(['reloaded', 'reloaded', 'reloaded', 'reloaded'])
    expect(await pids(box)).toEqual(before)
  })
})

describe('a supervisor', () => {
  test('outlives the reader of its log', async () => {
    await using first = await startBox({ config: ALL_FOUR })
    await first.stop()
    const launcher = new URL('../../supervisor/lanward.js', import.meta.url).pathname
    const up = spawn(process.execPath, [launcher, 'up', '--config', first.config], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    try {
      await once(up.stdout, 'data')
      up.stdout.destroy()
      up.stderr.destroy()
      const socket = join(first.folder, 'run/control.sock')
      const ask = (method: 'status' | 'restart'): Promise<unknown> =>
        askSupervisor(socket, method, method === 'status' ? {} : { service: 'ntp' }, HANG_MS)
      await waitFor('an answer', () => ask('status').catch(() => undefined))
      for (let times = 0; times < 3; times++) expect(await ask('restart')).toMatchObject({ reached: true })
      expect(up.exitCode).toBeNull()
    } finally {
      up.kill('SIGTERM')
      await once(up, 'exit')
    }
    expect(up.exitCode).toBe(0)
  })

  test('goes on counting the runs of an earlier one', async () => {
    await using box = await startBox({ config: ALL_FOUR })
    box.lanward('restart', 'ntp')
    box.lanward('restart', 'ntp')
    const { stdout } = box.lanward('why', 'ntp', '--json')
    expect(JSON.parse(stdout).exits.map(({ life }: { life: number }) => life)).toEqual([2, 1])
    await box.stop()
    const launcher = new URL('../../supervisor/lanward.js', import.meta.url).pathname
    const up = spawn(process.execPath, [launcher, 'up', '--config', box.config], { stdio: 'ignore' })
    try {
      const socket = join(box.folder, 'run/control.sock')
      await waitFor('an answer', () =>
        askSupervisor(socket, 'start', { service: 'ntp' }, HANG_MS).catch(() => undefined),
      )
      await askSupervisor(socket, 'restart', { service: 'ntp' }, HANG_MS)
      const why = (await askSupervisor(socket, 'why', { service: 'ntp' }, HANG_MS)) as { exits: { life: number }[] }
      expect(why.exits.map(({ life }) => life)).toEqual([4, 3, 2, 1])
    } finally {
      up.kill('SIGTERM')
      await once(up, 'exit')
    }
  })
})
