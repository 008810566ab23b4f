import { expect, test } from 'vitest'
import type { Asked } from '../../../daemons/dhcp/v6/binding-desk.ts'
import { decideProbe6, isProbe6, probeDuid } from '../../../daemons/dhcp/v6/probe.ts'
import { decodeDatagram } from '../../../daemons/dhcp/v6/relay-codec.ts'
import { type ClientMessage, clientDatagram, duidLl } from './client-message.ts'
import { DeskScenario6, SERVER } from './desk-scenario.ts'

const TOKEN = Uint8Array.from({ length: 16 }, (_, index) => index)
const PROBE = probeDuid(TOKEN)
const IA = { iaid: 0 } as const

function asked(scenario: DeskScenario6, parts: ClientMessage): Asked {
  const decoded = decodeDatagram(clientDatagram({ duid: PROBE, associations: [IA], ...parts }))
  if (decoded.kind !== 'message') throw new Error(decoded.reason)
  const { message } = decoded
  const duid = Buffer.from(message.clientId ?? []).toString('hex')
  const link = scenario.desk.book.subnets.slice(0, 1)
  return { message, relays: [], duid, link, source: 1n, mac: '', unicast: false, server: SERVER, own: new Set() }
}

test.each([
  ['a SOLICIT under the token', {}, true],
  ['an INFORMATION-REQUEST under the token', { type: 'INFORMATION-REQUEST', associations: [] }, true],
  ['a SOLICIT that would be answered by a lease', { rapidCommit: true }, false],
  ['a REQUEST, which would lease', { type: 'REQUEST', server: SERVER }, false],
  ['a SOLICIT of a client', { duid: duidLl(1) }, false],
  ['one without a DUID', { type: 'INFORMATION-REQUEST', duid: null, associations: [] }, false],
] as const)('isProbe6 of %s', (_title, parts, want) => {
  expect(isProbe6(asked(new DeskScenario6(), parts), PROBE)).toBe(want)
  expect(isProbe6(asked(new DeskScenario6(), parts), null)).toBe(false)
})

test('a probe is offered what any client would be, and nothing of it is kept', () => {
  const scenario = new DeskScenario6()
  const decision = decideProbe6(scenario.desk, asked(scenario, {}))
  expect(decision).toMatchObject({ outcome: 'advertise', changes: [], answer: { type: 'ADVERTISE', status: null } })
  expect([...scenario.desk.book.bindings()]).toEqual([])
})

test('a probe is told of a store that takes nothing, at the latest after half a minute, and of the end of it at once', () => {
  const scenario = new DeskScenario6()
  const status = () => decideProbe6(scenario.desk, asked(scenario, {})).answer?.status ?? null
  expect(status()).toBe(null)
  scenario.store.failure = new Error('disk full')
  scenario.passSeconds(29)
  expect(status()).toBe(null)
  scenario.passSeconds(1)
  expect(status()).toEqual({ name: 'unspecFail', message: 'cannot store IPv6 leases: disk full' })
  scenario.store.failure = null
  expect(status()).toBe(null)
  expect(scenario.desk.fault).toBe(null)
})

test('a probe that a client would hear nothing to hears why', () => {
  const scenario = new DeskScenario6()
  const { answer } = decideProbe6(scenario.desk, { ...asked(scenario, {}), link: [] })
  expect(answer?.status?.message).toBe('no subnet with DHCPv6 is on its link')
})
