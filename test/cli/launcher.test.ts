import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const LAUNCHER = join(import.meta.dirname, '..', '..', 'supervisor', 'lanward.js')
const SYSTEM_NODE = '/usr/bin/node'

/** A package folder with the launcher, and a bundle that tells what it was given when `built`. */
function packageFolder(built: boolean): string {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-launcher-'))
  mkdirSync(join(folder, 'supervisor'))
  mkdirSync(join(folder, 'bin'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  copyFileSync(LAUNCHER, join(folder, 'supervisor', 'lanward.js'))
  symlinkSync('../supervisor/lanward.js', join(folder, 'bin', 'lanward'))
  if (!built) return folder
  mkdirSync(join(folder, 'dist', 'supervisor', 'cli'), { recursive: true })
  const bundle = join(folder, 'dist', 'supervisor', 'cli', 'main.cjs')
  writeFileSync(bundle, 'console.log(process.argv.slice(2).join(" ")); process.exitCode = 3\n')
  return folder
}

function start(node: string, folder: string): { status: number | null; stdout: string; stderr: string } {
  const env = { PATH: process.env['PATH'] ?? '' }
  const { status, stdout, stderr } = spawnSync(node, [join(folder, 'bin', 'lanward'), 'status', '--json'], {
    encoding: 'utf8',
    env,
  })
  return { status, stdout, stderr }
}

test('the launcher runs the bundle beside it, also through a symbolic link', () => {
  const folder = packageFolder(true)
  expect(start(process.execPath, folder)).toEqual({ status: 3, stdout: 'status --json\n', stderr: '' })
  expect(existsSync(join(folder, 'dist', 'compile-cache'))).toBe(true)
})

test('the launcher started by itself takes the Node that was installed with it', () => {
  const folder = packageFolder(true)
  mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true })
  symlinkSync(process.execPath, join(folder, 'node_modules', '.bin', 'node'))
  const { status, stdout, stderr } = spawnSync(join(folder, 'bin', 'lanward'), ['why', 'two words'], {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin' },
  })
  expect({ status, stdout, stderr }).toEqual({ status: 3, stdout: 'why two words\n', stderr: '' })
})

test('the launcher without a bundle says how to build it', () => {
  expect(start(process.execPath, packageFolder(false))).toEqual({
    status: 70,
    stdout: '',
    stderr: 'lanward: not built yet; run `npm run build` in the folder of the package\n',
  })
})

const oldVersion = existsSync(SYSTEM_NODE)
  ? spawnSync(SYSTEM_NODE, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.trim()
  : ''

if (oldVersion !== '' && Number(oldVersion.split('.')[0]) < 24)
  test('the launcher started by the older Node of this machine says so in one line and is 69', () => {
    expect(start(SYSTEM_NODE, packageFolder(true))).toEqual({
      status: 69,
      stdout: '',
      stderr: `lanward: needs Node.js 24 or newer, this is ${oldVersion} (${SYSTEM_NODE})\n`,
    })
  })

test('the launcher takes any version below 24 for too old', () => {
  const folder = packageFolder(true)
  const pretend = `data:text/javascript,Object.defineProperty(process.versions, 'node', { value: '22.9.1' })`
  const { status, stderr } = spawnSync(process.execPath, ['--import', pretend, join(folder, 'bin', 'lanward')], {
    encoding: 'utf8',
  })
  expect(stderr).toBe(`lanward: needs Node.js 24 or newer, this is 22.9.1 (${process.execPath})\n`)
  expect(status).toBe(69)
})
