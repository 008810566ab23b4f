import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { formatProblem } from '../../config/config-problem.ts'
import { jsonSchemaText } from '../../config/json-schema.ts'
import { loadConfig } from '../../config/load-config.ts'
import { readFolders } from '../../config/read-folders.ts'

const CONFIG = join(import.meta.dirname, '..', '..', 'config')
const folder = mkdtempSync(join(tmpdir(), 'lanward-config-'))

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

function problems(path: string): string[] {
  const loaded = loadConfig(path)
  return loaded.kind === 'wrong' ? loaded.problems.map(formatProblem) : []
}

test('the demo is right, stays on loopback, and keeps everything under var', () => {
  const loaded = loadConfig(join(CONFIG, 'demo.toml'))
  if (loaded.kind === 'wrong') throw new Error(loaded.problems.map(formatProblem).join('\n'))
  const root = join(CONFIG, '..')
  expect(loaded.warnings).toEqual([])
  expect(loaded.config).toMatchObject({ stateDir: `${root}/var/state`, runDir: `${root}/var/run` })
  expect(loaded.config.supervisor.user).toBe('self')
  expect(Object.fromEntries(loaded.config.daemons.map(({ name, section }) => [name, section.listen]))).toEqual({
    syslog: [
      'udp://127.0.0.1:5514',
      'udp://[::1]:5514',
      'tcp://127.0.0.1:5514',
      'tcp://[::1]:5514',
      `unix://${root}/var/run/log.sock`,
    ],
    ntp: ['udp://127.0.0.1:1123', 'udp://[::1]:1123'],
    dhcp: ['udp://127.0.0.1:6767'],
    http: ['tcp://127.0.0.1:8080', 'tcp://[::1]:8080'],
  })
  expect(loaded.config.daemons.find(({ name }) => name === 'dhcp')?.section).toMatchObject({
    interfaces: [],
    relayPort: 'source',
    subnets: [{ subnet: '10.77.0.0/16', pools: [{ first: '10.77.1.0', last: '10.77.250.255' }] }],
  })
})

test('the example for a real LAN is right, and so are the keys in its comments', () => {
  const path = join(CONFIG, 'lanward.toml')
  expect(loadConfig(path)).toMatchObject({ kind: 'ok', warnings: [] })
  const text = readFileSync(path, 'utf8')
  const uncommented = text.replace(/^# (?=\[\[|[a-z_]+ = )/gm, '')
  expect(uncommented).not.toBe(text)
  expect(problems(write('uncommented.toml', uncommented))).toEqual([])
})

test('the examples of docs/services.md are right', () => {
  const page = readFileSync(join(CONFIG, '..', 'docs', 'services.md'), 'utf8')
  const examples = [...page.matchAll(/```toml\n(.*?)```/gs)].map(([, text = '']) => text)
  expect(examples.length).toBeGreaterThan(3)
  const database = '[[service]]\nname = "database"\ncommand = ["db"]\n'
  for (const [index, text] of examples.entries()) {
    const whole = text.startsWith('[[service]]') ? text : `[[service]]\nname = "x"\ncommand = ["x"]\n${text}`
    expect(problems(write(`example-${index}.toml`, `${database}${whole}`))).toEqual([])
  }
})

test('the JSON Schema beside the code is the one that the code writes', () => {
  expect(readFileSync(join(CONFIG, 'lanward.schema.json'), 'utf8')).toBe(jsonSchemaText())
})

test('a file that is missing, a folder, too big or not UTF-8 is told without a throw', () => {
  const missing = join(folder, 'missing.toml')
  expect(problems(missing)).toEqual([
    `${missing}: cannot be read: there is no such file; name another with --config FILE or LANWARD_CONFIG`,
  ])
  expect(problems(folder)).toEqual([`${folder}: cannot be read: it is a folder, not a file`])
  const latin = write('latin.toml', Buffer.from('[ntp]\n\n# M\xfcnchen\n', 'latin1'))
  expect(problems(latin)).toEqual([`${latin}:3: is not UTF-8 text; save the file as UTF-8`])
  const big = write('big.toml', `[ntp]\n${'#'.repeat(2 ** 20)}\n`)
  expect(problems(big)).toEqual([`${big}: must not be bigger than 1 MiB`])
})

test('a byte order mark and CRLF are taken, and the hash is that of the bytes', () => {
  const loaded = loadConfig(write('windows.toml', '\ufeff[ntp]\r\nlocal_stratum = 3\r\n'))
  expect(loaded).toMatchObject({ kind: 'ok', config: { daemons: [{ section: { localStratum: 3 } }] } })
  const empty = write('hash.toml', '[ntp]')
  expect(loadConfig(empty)).toMatchObject({
    config: { fileHash: 'cd8b6eb706932bbaf58f2fe4b03f3a304555df72109883555cee6efa53836286' },
  })
})

test('readFolders finds the folders although the rest of the file is wrong', () => {
  const path = write(
    'half.toml',
    'run_dir = "r"\nnonsense = 1\n[ntp]\nlocal_stratum = "x"\n[[service]]\nname = "relay"\n[[service]]\n',
  )
  expect(readFolders(path)).toEqual({
    kind: 'ok',
    folders: { runDir: join(folder, 'r'), stateDir: '/var/lib/lanward', services: ['ntp', 'relay'] },
  })
  expect(readFolders(write('bad-dir.toml', '\nrun_dir = 3\n'))).toMatchObject({ problem: { line: 2, key: 'run_dir' } })
  expect(readFolders(write('broken.toml', '\n\n= 3\n'))).toMatchObject({ kind: 'wrong', problem: { line: 3 } })
})

test('readFolders finds the folders though the file is no TOML behind them', () => {
  const path = write(
    'torn.toml',
    'run_dir = "run"\nstate_dir = "state"\n[ntp]\n[[service]]\nname = "relay"\nlisten = [ "udp\n',
  )
  expect(readFolders(path)).toEqual({
    kind: 'ok',
    folders: { runDir: join(folder, 'run'), stateDir: join(folder, 'state'), services: ['ntp', 'relay'] },
  })
  expect(readFolders(write('no.toml', 'run_dir = \n[ntp]\n'))).toMatchObject({ kind: 'wrong' })
})
