import { describe, expect, test } from 'vitest'
import { DeskScenario, type From, SERVER, served } from '../desk-scenario.ts'
import { reservation } from '../fixture.ts'

const PRINTER = '52:54:00:00:00:52'
const RESERVED = '192.0.2.50'
const unicast: From = { source: RESERVED, local: SERVER }
/** What the boot firmware does not send and the system does: another identity on the same card. */
const system = { mac: PRINTER, clientId: [255, 1, 2, 3, 4] } as const
const firmware = { mac: PRINTER } as const

describe.each([true, false])('a card with a reservation, where we are authoritative: %s', (authoritative) => {
  test('keeps its address when firmware and system name themselves differently', () => {
    const scenario = new DeskScenario({ authoritative })
    for (const client of [firmware, system, firmware, system]) {
      expect(scenario.send(client)).toMatchObject({ outcome: 'offer', address: RESERVED })
      const taken = { ...client, type: 'REQUEST', server: SERVER, requested: RESERVED } as const
      expect(scenario.send(taken)).toMatchObject({ outcome: 'ack', address: RESERVED })
    }
    expect([...scenario.desk.book.leases()]).toHaveLength(1)
  })

  test('may start again with its address, renew it and give it back under either name', () => {
    const scenario = new DeskScenario({ authoritative })
    scenario.lease(PRINTER)
    expect(scenario.send({ ...system, type: 'REQUEST', requested: RESERVED }).outcome).toBe('ack')
    expect(scenario.send({ ...firmware, type: 'REQUEST', ciaddr: RESERVED }, unicast).outcome).toBe('ack')
    expect(scenario.send({ ...system, type: 'REQUEST', ciaddr: RESERVED }, unicast).outcome).toBe('ack')
    const given = { ...firmware, type: 'RELEASE', ciaddr: RESERVED, server: SERVER } as const
    expect(scenario.send(given, unicast).outcome).toBe('released')
  })

  test('takes its address over from its own lease of another one', () => {
    const scenario = new DeskScenario({ authoritative, reservations: [] })
    const before = scenario.lease(PRINTER)
    const own = reservation({ macs: [PRINTER], address: RESERVED })
    scenario.desk.replan(served({ ...scenario.subnet, reservations: [own] }))
    expect(scenario.lease(PRINTER, system)).toBe(RESERVED)
    expect(scenario.lease(PRINTER, firmware)).toBe(RESERVED)
    expect(scenario.send({ requested: before })).toMatchObject({ outcome: 'offer', address: before })
  })

  test('goes on with the address it has when that becomes its reservation, and when it no longer is', () => {
    const scenario = new DeskScenario({ authoritative, reservations: [] })
    const address = scenario.lease(PRINTER, system)
    const renew = { ...system, type: 'REQUEST', ciaddr: address } as const
    const own = reservation({ macs: [PRINTER], address })
    for (const reservations of [[own], [], [own]]) {
      scenario.desk.replan(served({ ...scenario.subnet, reservations }))
      expect(scenario.send(renew, unicast)).toMatchObject({ outcome: 'ack', address })
    }
  })

  test('renews its address although no lease of it is remembered', () => {
    const renew = { ...system, type: 'REQUEST', ciaddr: RESERVED } as const
    expect(new DeskScenario({ authoritative }).send(renew, unicast).outcome).toBe('ack')
  })
})

test('a reserved address that another card has already is not taken from it', () => {
  const scenario = new DeskScenario({ reservations: [] })
  const taken = scenario.lease('52:54:00:00:00:01')
  const own = reservation({ macs: [PRINTER], address: taken })
  scenario.desk.replan(served({ ...scenario.subnet, reservations: [own] }))
  expect(scenario.send(system).address).not.toBe(taken)
  expect(scenario.send({ ...system, type: 'REQUEST', server: SERVER, requested: taken }).outcome).toBe('nak')
})
