import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadConfig } from '../../config/load-config.ts'
import { writeLedger } from '../../daemons/dhcp/advertise/ledger-file.ts'
import { keepsPrefixes } from '../../supervisor/spec/current-specs.ts'
import { specsOf } from '../../supervisor/spec/spec-of.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-prefixes-'))
  mkdirSync(join(folder, 'dhcp'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('keepsPrefixes is true as long as dhcp keeps one that hosts were told', () => {
  const ledger = join(folder, 'dhcp/advertised.json')
  expect(keepsPrefixes({ stateDir: folder })).toBe(false)
  writeLedger(ledger, [{ device: 'eth1', subnet: 'fd00:50::/64', autonomous: true, validSeconds: 7200, goneMs: null }])
  expect(keepsPrefixes({ stateDir: folder })).toBe(true)
  writeLedger(ledger, [])
  expect(keepsPrefixes({ stateDir: folder })).toBe(false)
})

test.each([
  ['', false, false],
  ['', true, true],
  ['[[dhcp.subnet6]]\nsubnet = "fd00:50::/64"\n', false, true],
])('with %j, and prefixes told of before: %j, dhcp has router sockets: %j', (subnet6, told, has) => {
  const file = join(folder, 'lanward.toml')
  const config =
    '[dhcp]\ninterfaces = ["eth1"]\n[[dhcp.subnet]]\nsubnet = "10.0.0.0/24"\npools = ["10.0.0.10-10.0.0.20"]\n'
  writeFileSync(file, config + subnet6)
  const loaded = loadConfig(file)
  if (loaded.kind === 'wrong') throw new Error(JSON.stringify(loaded.problems))
  const [dhcp] = specsOf(loaded.config, () => ['dhcp'], told).filter(({ name }) => name === 'dhcp')
  expect(dhcp?.sockets.some(({ text }) => text === 'icmp6://eth1')).toBe(has)
})
