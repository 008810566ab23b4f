import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { run } from './fake-supervisor.ts'

let folder: string
let config: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-section-'))
  config = join(folder, 'lanward.toml')
  writeFileSync(config, '[ntp]\nlisten = ["udp://127.0.0.1:1123"]\nlocal_stratum = 7\n')
})
afterEach(() => rmSync(folder, { recursive: true }))

const SECTION = { listen: ['udp://127.0.0.1:1123'], localStratum: 7 }

test('section prints what the daemon would be given, all defaults filled in', async () => {
  const { code, stdout, stderr } = await run(['section', 'ntp', '--config', config])
  expect(JSON.parse(stdout)).toMatchObject({ ...SECTION, allow: expect.arrayContaining(['127.0.0.0/8']) })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('section --output writes a file for its owner alone, and prints nothing', async () => {
  const output = join(folder, 'section.json')
  expect(await run(['section', 'ntp', '--config', config, '--output', output])).toMatchObject({ code: 0, stdout: '' })
  expect(JSON.parse(readFileSync(output, 'utf8'))).toMatchObject(SECTION)
  expect(statSync(output).mode & 0o777).toBe(0o600)
})

test('section of a configuration with a mistake is 78, names the line, and leaves the file as it was', async () => {
  const output = join(folder, 'section.json')
  writeFileSync(output, 'old')
  writeFileSync(config, '[ntp]\nlocal_stratum = 99\n')
  const { code, stderr } = await run(['section', 'ntp', '--config', config, '--output', output])
  expect(code).toBe(78)
  expect(stderr).toContain(`${config}:2`)
  expect(readFileSync(output, 'utf8')).toBe('old')
})

test('section of a daemon that the configuration does not have is 78 and names those it has', async () => {
  expect(await run(['section', 'dhcp', '--config', config])).toEqual({
    code: 78,
    stdout: '',
    stderr: `lanward: ${config} has no section [dhcp] of ours; it has: ntp\n`,
  })
})

test('section that cannot be written is 75 and says why', async () => {
  const output = join(folder, 'nosuch', 'section.json')
  const { code, stderr } = await run(['section', 'ntp', '--config', config, '--output', output])
  expect(code).toBe(75)
  expect(stderr).toContain(`cannot write ${output}: ENOENT`)
  expect(existsSync(output)).toBe(false)
})
