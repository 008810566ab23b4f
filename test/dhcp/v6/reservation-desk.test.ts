import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { DhcpSubnet6 } from '../../../daemons/dhcp/section.ts'
import { ReservationDesk6 } from '../../../daemons/dhcp/v6/reservation-desk.ts'
import { duidLl } from './client-message.ts'
import { DeskScenario6 } from './desk-scenario.ts'
import { attached6, relayed6, reservation6 } from './fixture.ts'

const NOW_MS = 1_800_000_000_000
const MAC = '52:54:00:00:00:01'
const DUID = duidLl(1)
let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-reservations6-'))
  file = join(folder, 'reservations6.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** A desk with its reservations, as a daemon begins with what is in the file. */
function begin(...subnets: DhcpSubnet6[]): {
  readonly scenario: DeskScenario6
  readonly reservations: ReservationDesk6
  readonly reserve: (client: string, address: string, hostname?: string) => unknown
} {
  const scenario = new DeskScenario6()
  const reservations = new ReservationDesk6(file, subnets.length > 0 ? subnets : [attached6, relayed6])
  scenario.desk.replan(reservations.subnets)
  return {
    ...{ scenario, reservations },
    reserve: (client, address, hostname) =>
      reservations.reserve(scenario.desk, scenario.own, { client, address, hostname: hostname ?? null }, NOW_MS),
  }
}

test.each([
  ['its hardware address', '52-54-00-00-00-01', { mac: MAC, duid: null }],
  ['its DUID', DUID.toUpperCase(), { mac: null, duid: DUID }],
  ['the address that it has', 'address', { mac: null, duid: DUID }],
])('reserve keeps an address for a client known by %s, from the next exchange on and over a start', (_, word, key) => {
  const { scenario, reserve } = begin()
  const before = scenario.lease(1)
  const client = word === 'address' ? before : word
  expect(reserve(client, 'fd00:50:0::60', 'desk')).toEqual({
    ...{ address: 'fd00:50::60', ...key, hostname: 'desk', made: new Date(NOW_MS).toISOString() },
    ...{ subnet: 'fd00:50::/64', taken_by: null },
  })
  expect(scenario.lease(1)).toBe('fd00:50::60')
  const { scenario: next, reservations } = begin()
  expect(next.lease(1)).toBe('fd00:50::60')
  expect(reservations.list()).toContainEqual(
    expect.objectContaining({ address: 'fd00:50::60', keys: [key.mac ?? `duid ${DUID}`], hostname: 'desk' }),
  )
})

test('reserve tells who has the address now', () => {
  const { scenario, reserve } = begin()
  const taken = scenario.lease(2)
  expect(reserve(MAC, taken)).toMatchObject({ taken_by: '52:54:00:00:00:02' })
})

test.each([
  ['an address of no subnet', MAC, 'fd00:99::1', 'lies in no served subnet'],
  ['our own address', MAC, 'fd00:50::1', 'is not for clients'],
  ['the address of all routers', MAC, 'fd00:50::', 'is not for clients'],
  ['an address of the configuration', MAC, 'fd00:50::52', 'in the configuration for 52:54:00:00:00:52'],
  ['a client of the configuration', '0002000000090c', 'fd00:50::60', 'has fd00:50::1001 reserved in the config'],
  ['no client', 'printer', 'fd00:50::60', 'a client of IPv6 is a MAC'],
  ['what is too short for a DUID', '0001', 'fd00:50::60', 'a client of IPv6 is a MAC'],
  ['an address without a client', 'fd00:50::1004', 'fd00:50::60', 'no client is known at fd00:50::1004'],
])('reserve refuses %s', (_, client, address, reason) => {
  const { reserve } = begin()
  expect(() => reserve(client, address)).toThrow(reason)
  expect(() => readFileSync(file)).toThrow('ENOENT')
})

test('reserve refuses a name that no host has, and a subnet without addresses', () => {
  expect(() => begin().reserve(MAC, 'fd00:50::60', 'a.b')).toThrow('a host name has letters')
  const stateless = { ...attached6, mode: 'stateless', pools: [], reservations: [] } as const
  expect(() => begin(stateless).reserve(MAC, 'fd00:50::60')).toThrow('no served subnet that addresses are given in')
})

test('unreserve takes back what was made for a client or an address, once', () => {
  const { scenario, reservations, reserve } = begin()
  reserve(DUID, 'fd00:50::60')
  reserve(MAC, 'fd00:51::60')
  expect(() => reserve(DUID, 'fd00:50::61')).toThrow('the client has fd00:50::60 reserved by command')
  expect(reservations.unreserve(scenario.desk, '52:54:00:00:00:02')).toEqual([])
  expect(reservations.unreserve(scenario.desk, 'fd00:50:0::60')).toMatchObject([{ address: 'fd00:50::60' }])
  expect(reservations.unreserve(scenario.desk, MAC)).toMatchObject([{ address: 'fd00:51::60' }])
  expect(reservations.unreserve(scenario.desk, MAC)).toEqual([])
  expect(scenario.lease(1)).not.toBe('fd00:50::60')
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ reservations: [] })
})

test('what is configured goes before what was made', () => {
  const { scenario, reservations, reserve } = begin()
  reserve(MAC, 'fd00:50::60')
  const configured = [reservation6({ macs: ['52:54:00:00:00:02'], address: 'fd00:50::60' })]
  scenario.desk.replan(reservations.configure([{ ...attached6, reservations: configured }]))
  expect(scenario.lease(1)).not.toBe('fd00:50::60')
  expect(scenario.lease(2)).toBe('fd00:50::60')
})

test.each([
  ['{"reservations":[{"address":"192.0.2.1","mac":"52:54:00:00:00:01"}]}', 'entry 1 is no reservation'],
  ['{"reservations":[{"address":"fd00::1","mac":"x","duid":null}]}', 'entry 1 is no reservation'],
  ['{"reservations":[{"address":"fd00::1"}]}', 'entry 1 is no reservation'],
  ['{}', 'has no list'],
])('a file %s is left alone, and told', (text, reason) => {
  writeFileSync(file, text)
  const { reservations, reserve } = begin()
  expect(reservations.fault).toMatch(/^IPv6 reservations made by command are not in force: /)
  expect(reservations.fault).toContain(reason)
  expect(() => reserve(MAC, 'fd00:50::60')).toThrow('not in force')
  expect(readFileSync(file, 'utf8')).toBe(text)
})
