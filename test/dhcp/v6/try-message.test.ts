import { expect, test } from 'vitest'
import { Refusal } from '../../../daemons/dhcp/commands/refusal.ts'
import { type Trial6, type TrialReport6, tryMessage6 } from '../../../daemons/dhcp/v6/try-message.ts'
import { address, duidLl } from './client-message.ts'
import { DeskScenario6, SERVER } from './desk-scenario.ts'

const DUID = duidLl(1)

function attempt(scenario: DeskScenario6, trial: Trial6): TrialReport6 {
  const own = { all: scenario.own, byDevice: new Map([['lan0', [...scenario.own]]]) }
  return tryMessage6({ desk: scenario.desk, own, server: Buffer.from(SERVER, 'hex'), devices: ['wan0', 'lan0'] }, trial)
}

test('tryMessage6 tells what a client is given right afterwards, and changes nothing', () => {
  const scenario = new DeskScenario6()
  const report = attempt(scenario, { duid: DUID, hostname: 'desk' })
  expect(report).toMatchObject({
    type: 'SOLICIT',
    outcome: 'advertise',
    reason: 'the address is free',
    subnet: 'fd00:50::/64',
    received_at: 'ff02::1:2%lan0',
    reply: {
      type: 'ADVERTISE',
      status: null,
      associations: [
        { iaid: 1, status: null, t1_s: 500, t2_s: 800, addresses: [{ preferred_s: 1000, valid_s: 2000 }] },
      ],
    },
  })
  expect(report.reply?.options.map(({ code }) => code)).toEqual([1, 2, 3, 39, 23, 24, 31, 56, 103])
  // "self" is our address in the subnet.
  expect(report.reply?.options.find(({ code }) => code === 23)?.hex).toMatch(/^fd000050000000000000000000000001/)
  expect(attempt(scenario, { duid: DUID, hostname: 'desk' })).toEqual(report)
  expect([...scenario.desk.book.bindings()]).toEqual([])
  expect(scenario.lease(1)).toBe(report.address)
})

test.each([
  ['RENEW', 'reply', 'its lease goes on'],
  ['REBIND', 'reply', 'its lease goes on'],
  ['REQUEST', 'reply', 'the address is free'],
  ['CONFIRM', 'confirmed', 'its addresses are of this link'],
  ['RELEASE', 'released', 'the client gave the address back'],
  ['DECLINE', 'declined', 'the client found the address in use'],
])('tryMessage6 tries a %s about the lease that there is', (type, outcome, reason) => {
  const scenario = new DeskScenario6()
  const leased = scenario.lease(1)
  const before = scenario.store.load()
  const named = ['CONFIRM', 'RELEASE', 'DECLINE'].includes(type) ? { address: leased } : {}
  const report = attempt(scenario, { type: type.toLowerCase(), duid: DUID, ...named })
  expect(report).toMatchObject({ type, outcome, reason, address: leased, reply: { type: 'REPLY' } })
  expect(scenario.desk.settle() && scenario.store.load()).toEqual(before)
  expect(scenario.desk.book.subnets[0]?.at(address(leased))?.state).toBe('bound')
})

test('tryMessage6 without an IAID takes that of the lease that the client has, or has at the address that is named', () => {
  const scenario = new DeskScenario6()
  const [first, last] = [scenario.lease(1, 0xe080b08e), scenario.lease(1, 9)]
  scenario.lease(2, 5)
  const got = (trial: Trial6) => {
    const { address: one, reply } = attempt(scenario, trial)
    return [one, reply?.associations[0]?.iaid]
  }
  expect(got({ duid: DUID, address: first })).toEqual([first, 0xe080b08e])
  expect(got({ duid: DUID, address: last, type: 'renew' })).toEqual([last, 9])
  expect([
    [first, 0xe080b08e],
    [last, 9],
  ]).toContainEqual(got({ duid: DUID }))
  expect(got({ duid: DUID, iaid: '1' })[1]).toBe(1)
  expect(got({ duid: duidLl(2), address: first })[1]).toBe(5)
  expect(got({ duid: duidLl(3) })[1]).toBe(1)
})

test('tryMessage6 tells settings alone, and needs no association for it', () => {
  const report = attempt(new DeskScenario6(), { type: 'information-request', duid: DUID })
  expect(report).toMatchObject({ outcome: 'information', address: null, subnet: null, reply: { associations: [] } })
  expect(report.reply?.options.map(({ code }) => code)).toContain(32)
})

test('tryMessage6 goes through a relay agent, and knows a client by its DUID, its hardware address and its IAID', () => {
  const scenario = new DeskScenario6()
  expect(attempt(scenario, { duid: DUID, relay: 'fd00:51::1' })).toMatchObject({
    address: expect.stringMatching(/^fd00:51::1[0-9a-f]$/),
    received_at: null,
  })
  expect(attempt(scenario, { duid: '00:02:00:00:00:09:77', mac: '52-54-00-00-00-52' })).toMatchObject({
    address: 'fd00:50::52',
    reason: 'the address is reserved for it',
  })
  expect(attempt(scenario, { duid: '0002000000090c' })).toMatchObject({ address: 'fd00:50::1001' })
  const first = scenario.lease(1, 1)
  expect(attempt(scenario, { duid: DUID, iaid: '0x1' }).address).toBe(first)
  expect(attempt(scenario, { duid: DUID, iaid: '2' }).address).not.toBe(first)
})

test('tryMessage6 tells the reason of a no', () => {
  const scenario = new DeskScenario6()
  const strange = { duid: DUID, address: 'fd00:99::1' }
  expect(attempt(scenario, { type: 'request', ...strange })).toMatchObject({
    outcome: 'not_on_link',
    reply: { associations: [{ status: 'notOnLink: an address is of another link', t1_s: 0, t2_s: 0, addresses: [] }] },
  })
  expect(attempt(scenario, { type: 'confirm', ...strange })).toMatchObject({
    reply: { status: 'notOnLink: an address is of another link', associations: [] },
  })
  expect(attempt(scenario, { type: 'rebind', duid: DUID, address: 'fd00:50::99' })).toMatchObject({
    outcome: 'ignored_unknown_binding',
    reply: null,
  })
  expect(attempt(scenario, { duid: DUID, relay: 'fd00:99::1' })).toMatchObject({
    outcome: 'ignored_no_subnet',
    reply: null,
  })
})

test.each([
  [{ duid: '00' }, 'duid must be'],
  [{ duid: 'zz' }, 'duid must be'],
  [{ duid: DUID, type: 'reply' }, 'SOLICIT, REQUEST, CONFIRM'],
  [{ duid: DUID, type: 'release' }, 'a RELEASE needs the address that the client has: --address'],
  [{ duid: DUID, iaid: '4294967296' }, 'iaid must be'],
  [{ duid: DUID, iaid: '' }, 'iaid must be'],
  [{ duid: DUID, mac: '52:54' }, 'mac must be'],
  [{ duid: DUID, address: '192.0.2.1' }, 'address must be an IPv6 address'],
  [{ duid: DUID, relay: '192.0.2.1' }, 'relay must be an IPv6 address'],
  [{ duid: DUID, interface: 'wan0' }, 'wan0 has no subnet with DHCPv6'],
  [{ duid: DUID, hostname: 'x'.repeat(64) }, 'hostname has'],
])('tryMessage6 refuses %j', (trial, reason) => {
  expect(() => attempt(new DeskScenario6(), trial)).toThrow(Refusal)
  expect(() => attempt(new DeskScenario6(), trial)).toThrow(reason)
})
