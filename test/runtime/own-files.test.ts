import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { landlockVersion } from '../../daemons/linux/landlock.ts'
import { pathsElsewhere } from '../../daemons/runtime/own-files.ts'
import { testWith } from '../support/needs.ts'

test('what lies beside a folder is left out, what branches off on the way to it is not', () => {
  const tree: Readonly<Record<string, readonly string[]>> = {
    '/': ['etc', 'var', 'usr'],
    '/var': ['lib', 'log'],
    '/var/lib': ['lanward', 'other'],
    '/var/lib/lanward': ['ntp', 'dhcp'],
  }
  expect(pathsElsewhere('/var/lib/lanward/ntp', (folder) => tree[folder] ?? [])).toEqual([
    ...['/var/lib/other', '/var/log', '/etc', '/usr'],
  ])
  expect(pathsElsewhere('/state', (folder) => tree[folder] ?? [])).toEqual([])
})

describe('a confined process', () => {
  testWith(['landlock'], 'has its own files and those it needs, and reaches no other process', () => {
    const folder = mkdtempSync(join(tmpdir(), 'confined-'))
    for (const name of ['own', 'other', 'allowed']) mkdirSync(join(folder, 'state', name), { recursive: true })
    writeFileSync(join(folder, 'state/other/secret'), '')
    writeFileSync(join(folder, 'state/allowed/file'), '')
    const child = join(import.meta.dirname, '../children/confined.ts')
    const { stdout, stderr } = spawnSync(process.execPath, [child, join(folder, 'state/own')], { encoding: 'utf8' })
    expect(stderr).toBe('')
    const answers = Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(': ')),
    )
    expect(answers).toEqual({
      'state/own': 'may',
      'state/allowed/file': 'may',
      '/etc/passwd': 'may',
      'state/allowed-not': 'may not',
      'state/other': 'may not',
      'write own': 'yes',
      'append own': 'yes',
      'rename own': 'yes',
      'database own': 'yes',
      'read other': 'EACCES',
      'read other later': 'EACCES',
      'write other': 'EACCES',
      'list state': 'EACCES',
      'read allowed': 'yes',
      'write given up': 'EACCES',
      'read elsewhere': 'yes',
      'write elsewhere': 'EACCES',
      'throw away': 'yes',
      'signal another': landlockVersion() >= 6 ? 'EPERM' : 'yes',
      'signal self': 'yes',
    })
  })
})
