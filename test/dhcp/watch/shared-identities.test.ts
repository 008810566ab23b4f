import { expect, test } from 'vitest'
import { strangersLease } from '../../../daemons/dhcp/conflict/new-promise.ts'
import type { Lease } from '../../../daemons/dhcp/leases/lease.ts'
import { SharedIdentities } from '../../../daemons/dhcp/watch/shared-identities.ts'
import { DeskScenario } from '../desk-scenario.ts'

const HOUR = 3600_000
const lease = (mac: string, changes: Partial<Lease> = {}): Lease => ({
  ...strangersLease(1, mac, false, 0),
  client: 'i01',
  state: 'bound',
  ...changes,
})
/** What each change of a row of leases, an hour apart, is told as. */
const told = (...leases: readonly Lease[]): boolean[] => {
  const identities = new SharedIdentities()
  return leases.map((after, at) => identities.note(leases[at - 1], after, at * HOUR))
}

test('SharedIdentities tells the third change of hardware in a day, once', () => {
  const toAndFro = Array.from({ length: 7 }, (_, at) => lease(at % 2 === 0 ? '0a' : '0b'))
  expect(told(...toAndFro)).toEqual([false, false, false, true, false, false, false])
})

test.each([
  ['of one card', [lease('0a'), lease('0a'), lease('0a'), lease('0a')]],
  ['of several clients', [lease('0a'), lease('0b', { client: 'i02' }), lease('0a'), lease('0b', { client: 'i02' })]],
  ['of one reservation', ['0a', '0b', '0a', '0b'].map((mac) => lease(mac, { client: 'r0a' }))],
  ['that were given back', ['0a', '0b', '0a', '0b'].map((mac) => lease(mac, { state: 'released' }))],
])('SharedIdentities has nothing to tell of leases %s', (_, leases) => {
  expect(told(...leases)).not.toContain(true)
})

test('SharedIdentities begins anew after a day', () => {
  const identities = new SharedIdentities()
  const note = (from: string, to: string, ms: number): boolean => identities.note(lease(from), lease(to), ms)
  expect([note('0a', '0b', 0), note('0b', '0a', 1), note('0a', '0b', 24 * HOUR)]).toEqual([false, false, false])
  expect([note('0b', '0a', 25 * HOUR), note('0a', '0b', 26 * HOUR)]).toEqual([false, true])
})

test('a client that goes on with another card tells the one that it had', () => {
  const scenario = new DeskScenario()
  const clientId = [1, 2, 3]
  const address = scenario.lease('52:54:00:00:00:01', { clientId })
  const other = { mac: '52:54:00:00:00:02', clientId, type: 'REQUEST', ciaddr: address } as const
  expect(scenario.send(other)).toMatchObject({
    outcome: 'ack',
    reason: 'the client goes on with its address; it had the hardware address 52:54:00:00:00:01',
  })
})
