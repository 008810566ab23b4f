import { expect, test } from 'vitest'
import { offsetAt } from '../../daemons/syslog/senders/zone-offsets.ts'
import { configOf, problemsOf } from './check-text.ts'

const textOf = (...senders: string[]): string =>
  `[syslog]\n${senders.map((keys) => `[[syslog.sender]]\n${keys}\n`).join('')}`

test('a zone is resolved into its offsets, the summers of both hemispheres and half hours included', () => {
  const zones = ['Europe/Berlin', 'Australia/Adelaide', 'Asia/Kathmandu', 'America/Sao_Paulo', 'UTC']
  const [daemon] = configOf(
    textOf(...zones.map((zone, index) => `address = "10.0.${index}.0/24"\ntimezone = "${zone}"`)),
  ).daemons
  if (daemon?.name !== 'syslog') throw new Error('no syslog')
  const { senders } = daemon.section
  expect(senders.map(({ address, zone }) => [address, zone?.name])).toEqual(
    zones.map((zone, index) => [`10.0.${index}.0/24`, zone]),
  )
  const offsets = (ms: number): number[] => senders.map(({ zone }) => (zone === null ? Number.NaN : offsetAt(zone, ms)))
  expect(offsets(Date.UTC(2026, 0, 15))).toEqual([60, 630, 345, -180, 0])
  expect(offsets(Date.UTC(2026, 6, 15))).toEqual([120, 570, 345, -180, 0])
  // The last minute of winter and the first of summer.
  expect(offsets(Date.UTC(2026, 2, 29, 0, 59))[0]).toBe(60)
  expect(offsets(Date.UTC(2026, 2, 29, 1, 0))[0]).toBe(120)
  expect(offsets(Date.UTC(1990, 6, 15))[0]).toBe(60)
})

test.each([
  ['dialect = "cisco"', 'f.toml:2: syslog.sender[0].address: is missing: its address, or the prefix that it is in'],
  ['address = "10.0.0.7"', 'f.toml:2: syslog.sender[0]: says nothing of it: give dialect, timezone or both'],
  [
    'address = "10.0.0.7"\ndialect = "bsd"',
    'f.toml:4: syslog.sender[0].dialect: must be one of "rfc5424", "rfc3164", "no-host", "cisco", "raw", not "bsd"',
  ],
  [
    'address = "10.0.0.7"\ntimezone = "Europe/Berlni"',
    'f.toml:4: syslog.sender[0].timezone: must be a time zone such as "Europe/Berlin" or "UTC"; did you mean "Europe/Berlin"?',
  ],
  [
    'address = "10.0.0.7/8"\ndialect = "raw"',
    'f.toml:3: syslog.sender[0].address: must be a prefix such as "10.0.0.0/8" or "fe80::/10", or one address, with all bits behind the prefix zero, not "10.0.0.7/8"',
  ],
])('%j is refused', (keys, problem) => {
  expect(problemsOf(textOf(keys))).toEqual([problem])
})

test('an address that comes twice is refused', () => {
  const keys = 'address = "10.0.0.7"\ndialect = "raw"'
  expect(problemsOf(textOf(keys, keys))).toEqual([
    'f.toml:6: syslog.sender[1].address: 10.0.0.7 stands in a section before',
  ])
})
