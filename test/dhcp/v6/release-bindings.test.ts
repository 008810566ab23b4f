import { describe, expect, test } from 'vitest'
import { releaseBindings } from '../../../daemons/dhcp/v6/release-bindings.ts'
import { duidLl } from './client-message.ts'
import { DeskScenario6, SERVER } from './desk-scenario.ts'

describe('releaseBindings', () => {
  test.each([
    ['its address', (address: string) => address],
    ['its address written in full', (address: string) => address.replace('::', ':0:0:0:0:0:')],
    ['its DUID with colons', () => duidLl(1).replaceAll(/(..)(?!$)/g, '$1:')],
    ['its hardware address', () => '52-54-00-00-00-01'],
  ])('ends the lease of a client by %s, and no other', (_title, wordOf) => {
    const scenario = new DeskScenario6()
    const address = scenario.lease(1)
    const other = scenario.lease(2)
    expect(releaseBindings(scenario.desk, wordOf(address))).toMatchObject([
      { address, state: 'bound', duid: duidLl(1) },
    ])
    const states = scenario.store.load().map(({ duid, state }) => [duid, state])
    expect(Object.fromEntries(states)).toEqual({ [duidLl(1)]: 'released', [duidLl(2)]: 'bound' })
    expect(releaseBindings(scenario.desk, wordOf(address))).toEqual([])
    expect(releaseBindings(scenario.desk, other)).toHaveLength(1)
  })

  test('ends the quarantine of an address', () => {
    const scenario = new DeskScenario6()
    const address = scenario.lease(1)
    scenario.send({ type: 'DECLINE', server: SERVER, associations: [{ iaid: 1, addresses: [address] }] })
    expect(releaseBindings(scenario.desk, address)).toMatchObject([{ address, state: 'declined' }])
    const wish = { duid: duidLl(2), associations: [{ iaid: 1, addresses: [address] }] }
    expect(scenario.send(wish).associations[0]?.addresses[0]?.address).toBe(address)
  })

  test('ends nothing of a word that is nobody, nor what cannot be stored', () => {
    const scenario = new DeskScenario6()
    const address = scenario.lease(1)
    for (const word of ['', '-', 'fd00:50::9999', '00']) expect(releaseBindings(scenario.desk, word)).toEqual([])
    scenario.store.failure = new Error('disk full')
    expect(() => releaseBindings(scenario.desk, address)).toThrow('disk full')
    expect(scenario.desk.book.subnets[0]?.boundCount()).toBe(1)
  })

  test('does not call a lease ended that it cannot end: its subnet is served no more', () => {
    const scenario = new DeskScenario6()
    const address = scenario.lease(1)
    scenario.desk.replan(scenario.subnets.slice(1))
    expect(releaseBindings(scenario.desk, address)).toEqual([])
  })
})
