import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Finding } from '../../supervisor/doctor/finding.ts'
import { ALL_FOUR, startBox } from '../support/box.ts'
import { freePort } from '../support/free-port.ts'
import { openOnLoopback } from '../support/loopback.ts'
import { testWith } from '../support/needs.ts'
import { HANG_MS } from '../support/wait-for.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const NOBODY = 65_534

interface Told {
  readonly status: number | null
  readonly verdict: string
  readonly checks: readonly Finding[]
  readonly unseen: readonly string[]
}

/** Runs `lanward doctor --json`, maybe of another package and as another user. */
function doctor(config: string, options: { readonly root?: string; readonly uid?: number } = {}): Told {
  const { root = ROOT, uid } = options
  const run = spawnSync(
    process.execPath,
    [join(root, 'supervisor/lanward.js'), 'doctor', '--json', '--config', config],
    {
      encoding: 'utf8',
      timeout: HANG_MS,
      ...(uid === undefined ? {} : { uid, gid: uid }),
    },
  )
  if (run.stdout === '') throw new Error(run.stderr)
  return { status: run.status, ...JSON.parse(run.stdout) }
}

function configFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-doctor-'))
  chmodSync(folder, 0o755)
  const file = join(folder, 'f.toml')
  writeFileSync(file, `state_dir = "state"\nrun_dir = "run"\n[supervisor]\nuser = "self"\n${text}`)
  return file
}

describe('lanward doctor', () => {
  test('fails nothing on a running box, whose ports are ours', async () => {
    const config = `[ntp]\nlisten = ["udp://127.0.0.1:${freePort()}"]\n[http]\nlisten = ["tcp://127.0.0.1:${freePort()}"]\n`
    await using box = await startBox({ config })
    const told = doctor(box.config)
    expect(told.checks.filter(({ verdict }) => verdict === 'fail')).toEqual([])
    expect(told.status).toBe(0)
    const found = told.checks.map(({ check, found: text }) => `${check}: ${text}`)
    expect(found).toContain('ports: 2 held by our supervisor')
    expect(found).toContain('service: ntp is ready and answers')
    expect(found).toContainEqual(expect.stringMatching(/^supervisor: runs as pid \d+/))
    const text = box.lanward('doctor')
    expect(text.status).toBe(0)
    expect(text.stdout).toMatch(/^ok {4}ports/m)
  })

  test('says before the start whose port stands in the way, and ends with 1', () => {
    using taken = openOnLoopback('udp://127.0.0.1:0')
    const told = doctor(configFile(`[ntp]\nlisten = ["udp://127.0.0.1:${taken.port}", "udp://192.0.2.77:1123"]\n`))
    expect(told).toMatchObject({ status: 1, verdict: 'fail' })
    const port = told.checks.find(({ check }) => check === 'ports')
    expect(port).toMatchObject({ verdict: 'fail', mend: `kill ${process.pid}` })
    expect(port?.found).toContain(`udp://127.0.0.1:${taken.port} (ntp) is taken by node`)
    expect(port?.found).toContain(`pid ${process.pid}`)
    expect(told.checks.find(({ check }) => check === 'addresses')?.found).toContain('udp://192.0.2.77:1123')
  })

  test('tells a sick service of a running box', async () => {
    await using box = await startBox({ config: ALL_FOUR })
    box.lanward('stop', 'ntp')
    const stopped = doctor(box.config)
    expect(stopped.checks.find(({ found }) => found.startsWith('ntp is stopped'))).toMatchObject({ verdict: 'warn' })
  })

  test('looks at the machine although the configuration is wrong', () => {
    const file = configFile('[ntpp]\n')
    const told = doctor(file)
    expect(told.status).toBe(1)
    expect(told.checks.find(({ check }) => check === 'configuration')?.found).toContain(`${file}:5: ntpp: `)
    expect(told.checks.map(({ check }) => check)).toContain('memory')
    expect(doctor('/nonexistent.toml').status).toBe(1)
  })

  test('works where no system calls can be made, and says so', () => {
    const root = mkdtempSync(join(tmpdir(), 'lanward-package-'))
    for (const part of ['dist/supervisor', 'supervisor/lanward.js', 'config/demo.toml', 'package.json'])
      cpSync(join(ROOT, part), join(root, part), { recursive: true })
    const told = doctor(configFile('[ntp]\nlisten = ["udp://127.0.0.1:0"]\n'), { root })
    expect(told.status).toBe(1)
    const runtime = told.checks.find(({ check }) => check === 'runtime')
    expect(runtime).toMatchObject({ verdict: 'fail', found: expect.stringContaining('koffi') })
    expect(told.checks.length).toBeGreaterThan(8)
  })

  testWith(['root'], 'works without root, and says what it could not see', async () => {
    await using box = await startBox({ config: ALL_FOUR })
    chmodSync(box.folder, 0o755)
    const foreign = doctor(box.config, { uid: NOBODY })
    expect(foreign.checks.find(({ check }) => check === 'supervisor')).toMatchObject({ verdict: 'warn' })
    expect(foreign.unseen.join()).toContain('needs root')
    expect(foreign.status).toBe(0)

    const low = configFile('[ntp]\nlisten = ["udp://127.0.0.1:123"]\n')
    const own = doctor(low, { uid: NOBODY })
    expect(own.checks.find(({ check }) => check === 'rights')).toMatchObject({
      verdict: 'fail',
      mend: 'sudo lanward up',
    })
    expect(own.checks.find(({ check }) => check === 'state_dir')).toMatchObject({ verdict: 'fail' })
  })

  testWith(['root'], 'names the files of root that stop a plain user', () => {
    const file = configFile('[ntp]\nlisten = ["udp://127.0.0.1:0"]\n')
    const state = join(file, '../state')
    mkdirSync(state)
    chmodSync(state, 0o777)
    writeFileSync(join(state, 'ledger.sqlite'), '')
    const told = doctor(file, { uid: NOBODY })
    expect(told.checks.find(({ check }) => check === 'state_dir')?.found).toContain(
      'state/ledger.sqlite is not writable',
    )
    expect(readFileSync(join(state, 'ledger.sqlite'), 'utf8')).toBe('')
  })
})
