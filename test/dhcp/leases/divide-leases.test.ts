import fc from 'fast-check'
import { expect, test } from 'vitest'
import { divideLeases } from '../../../daemons/dhcp/leases/divide-leases.ts'
import { listLeases } from '../../../daemons/dhcp/leases/lease-row.ts'
import { DeskScenario, served } from '../desk-scenario.ts'
import { relayedSubnet } from '../fixture.ts'

/** Leases that run and that are over, and offers beside them, one of them for who had the address. */
function manyStates(): DeskScenario {
  const scenario = new DeskScenario()
  const mac = (number: number): string => `52:54:00:00:00:0${number}`
  scenario.lease(mac(1), { giaddr: '198.51.100.1' })
  scenario.lease(mac(2))
  scenario.passSeconds(7201)
  for (const number of [3, 4, 5]) scenario.lease(mac(number))
  for (const number of [2, 6, 7]) scenario.send({ mac: mac(number) })
  scenario.send({ mac: mac(8), giaddr: '198.51.100.1' })
  return scenario
}

test('divideLeases makes parts of any size of what listLeases tells at once', () => {
  const both = manyStates()
  const strays = manyStates()
  strays.desk.replan(served(relayedSubnet))
  fc.assert(
    fc.property(fc.constantFrom(both, strays), fc.boolean(), fc.integer({ min: 1, max: 9 }), ({ desk }, all, most) => {
      const list = (part?: { first: number; last: number }): ReturnType<typeof listLeases> =>
        listLeases(desk.book, desk.clock, desk.nowMs(), all, part)
      const parts = divideLeases(desk.book, most).map(list)
      expect(parts.flat()).toEqual(list())
      expect(Math.max(...parts.map(({ length }) => length))).toBeLessThanOrEqual(most)
      expect(list().length).toBeGreaterThan(3)
    }),
  )
})
