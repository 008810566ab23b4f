import { describe, expect, test } from 'vitest'
import type { Binding } from '../../../daemons/dhcp/v6/binding.ts'
import type { Asked } from '../../../daemons/dhcp/v6/binding-desk.ts'
import { BindingNames } from '../../../daemons/dhcp/v6/binding-names.ts'
import { FloodGuard6 } from '../../../daemons/dhcp/v6/flood-guard.ts'
import { FreeAddresses6 } from '../../../daemons/dhcp/v6/free-addresses.ts'
import { decodeDatagram } from '../../../daemons/dhcp/v6/relay-codec.ts'
import { SubnetBindings } from '../../../daemons/dhcp/v6/subnet-bindings.ts'
import { planSubnet6 } from '../../../daemons/dhcp/v6/subnet-plan.ts'
import { address, clientDatagram, duidLl, relayed, type TestRelay } from './client-message.ts'
import { DeskScenario6, SERVER } from './desk-scenario.ts'
import { attached6 } from './fixture.ts'

const SCENARIO = new DeskScenario6()
SCENARIO.lease(1)

/** A SOLICIT with one association of a client by number; number 1 has a lease. */
function asked(client: number | null, source: string, ...relays: readonly TestRelay[]): Asked & { nowMs: number } {
  const duid = client === null ? '' : duidLl(client)
  const decoded = decodeDatagram(
    relayed(clientDatagram({ duid: duid || null, associations: [{ iaid: 1 }] }), ...relays),
  )
  if (decoded.kind !== 'message') throw new Error(decoded.reason)
  const { subnets } = SCENARIO.desk.book
  return {
    ...{ message: decoded.message, relays: decoded.relays, duid, mac: '', source: address(source) },
    ...{
      link: subnets.slice(0, 1),
      unicast: false,
      server: SERVER,
      own: new Set<bigint>(),
      nowMs: SCENARIO.desk.nowMs(),
    },
  }
}

describe('FloodGuard6', () => {
  const NONE = { perMac: 0, perPort: 0, perLink: 0, leasesPerPort: 0 }

  test('counts each client by itself, also those without a DUID', () => {
    const guard = new FloodGuard6({ ...NONE, perMac: 1 })
    const send = (client: number | null, source: string) => guard.admit(asked(client, source), 'lan0', 0)
    for (let count = 0; count < 4; count++) {
      expect([send(2, 'fe80::2'), send(null, 'fe80::3'), send(null, 'fe80::4')]).toEqual([null, null, null])
    }
    expect([send(2, 'fe80::9'), send(null, 'fe80::3'), send(3, 'fe80::2')]).toEqual([
      'limited_mac',
      'limited_mac',
      null,
    ])
    expect(guard.admit(asked(2, 'fe80::2'), 'lan0', 1000)).toBe(null)
  })

  test('counts a link, and lets by who has a lease', () => {
    const guard = new FloodGuard6({ ...NONE, perLink: 1 })
    for (let client = 2; client < 6; client++) expect(guard.admit(asked(client, 'fe80::2'), 'lan0', 0)).toBe(null)
    expect(guard.admit(asked(6, 'fe80::2'), 'lan0', 0)).toBe('limited_link')
    expect(guard.admit(asked(1, 'fe80::2'), 'lan0', 0)).toBe(null)
    expect(guard.admit(asked(6, 'fe80::2'), 'lan1', 0)).toBe(null)
  })

  test('counts switches that tell no link address by the link that they are on', () => {
    const guard = new FloodGuard6({ ...NONE, perLink: 1 })
    const send = (client: number, device: string) => guard.admit(asked(client, 'fe80::2', { link: '::' }), device, 0)
    for (let client = 2; client < 6; client++) expect(send(client, 'lan0')).toBe(null)
    expect([send(6, 'lan0'), send(6, 'lan1')]).toEqual(['limited_link', null])
  })

  test('counts a port behind a relay agent', () => {
    const guard = new FloodGuard6({ ...NONE, perPort: 1 })
    const send = (client: number, interfaceId: string) =>
      guard.admit(asked(client, 'fe80::2', { link: 'fd00:50::1', interfaceId }), null, 0)
    for (let client = 2; client < 6; client++) expect(send(client, 'port 1')).toBe(null)
    expect([send(6, 'port 1'), send(6, 'port 2'), send(1, 'port 1')]).toEqual(['limited_port', null, null])
  })
})

describe('SubnetBindings', () => {
  const plan = planSubnet6({
    ...attached6,
    pools: [{ first: 'fd00:50::1', last: 'fd00:50::ffff:ffff' }],
    reservations: [],
  })
  const binding = (number: number, more: Partial<Binding> = {}): Binding => ({
    address: plan.first + BigInt(number),
    ...{ duid: duidLl(number), iaid: 1, mac: '', hostname: null, state: 'released', startsMs: 0, endsMs: number },
    ...{ preferredSeconds: 1, relay: 0n, reserved: false },
    ...more,
  })

  test('forgets what has been over for longest, and gives such an address again', () => {
    const subnet = new SubnetBindings(plan, [], new BindingNames(() => false), 0)
    for (let number = 1; number <= 65_540; number++) subnet.put(binding(number), 100_000)
    subnet.put(binding(1, { state: 'bound', endsMs: 200_000 }), 100_000)
    expect(subnet.forgetOldest()).toEqual([2, 3, 4].map((number) => plan.first + BigInt(number)))
    expect([...subnet.all()].length).toBe(65_537)
    expect(subnet.at(plan.first + 2n)).toBe(undefined)
    expect(subnet.of(`${duidLl(2)}/1`)).toBe(undefined)
    expect(subnet.isFree(plan.first + 2n, 'other/1', 100_000)).toBe(true)
    expect(subnet.forgetOldest()).toEqual([])
  })

  test('finds the last free address of a pool that is nearly full', () => {
    const small = planSubnet6({
      ...attached6,
      pools: [{ first: 'fd00:50::1', last: 'fd00:50::2000' }],
      reservations: [],
    })
    const subnet = new SubnetBindings(small, [], new BindingNames(() => false), 0)
    for (let number = 1; number <= 0x2000; number++)
      if (number !== 0x1234) subnet.put(binding(number, { state: 'bound', endsMs: 200_000 }), 0)
    const own = new Set<bigint>()
    expect(subnet.nextFree('new/1', own, new Set(), 0)).toBe(small.first + 0x1234n)
    expect(subnet.nextFree('new/1', own, new Set([small.first + 0x1234n]), 0)).toBe(null)
    expect(subnet.nextFree('new/1', own, new Set(), 0)).toBe(small.first + 0x1234n)
    subnet.put(binding(0x1234, { state: 'bound', endsMs: 200_000 }), 0)
    expect(subnet.nextFree('new/1', own, new Set(), 0)).toBe(null)
    subnet.sweep(200_000)
    expect(subnet.nextFree('new/1', own, new Set([small.first + 1n]), 200_000)).not.toBe(null)
    expect([subnet.boundCount(), subnet.freeCount()]).toEqual([0, 0x2000])
  })
})

describe('FreeAddresses6', () => {
  const first = address('fd00:50::1')
  /** Gives, uses, gives back and forgets one address after the other. */
  const live = (size: bigint, lives: number): { readonly free: FreeAddresses6; readonly given: Set<bigint> } => {
    const free = new FreeAddresses6([{ first, last: first + size - 1n }])
    const given = new Set<bigint>()
    for (let client = 0; client < lives; client++) {
      const tests = { unused: (one: bigint) => !given.has(one), free: () => true, taken: () => false }
      const got = free.first(`client ${client}`, tests)
      if (got === null) throw new Error(`none for client ${client}`)
      given.add(got)
      free.putUsed(got)
      free.forget(got)
    }
    return { free, given }
  }

  test('of a large pool keeps no address that is forgotten, whoever makes up clients', () => {
    expect(live(2n ** 64n, 5000).free.usedCount).toBe(0)
  })

  test('of a small pool keeps the order in which addresses were given back', () => {
    const { free, given } = live(1000n, 1000)
    expect(free.usedCount).toBe(1000)
    expect(free.first('new', { unused: () => false, free: () => true, taken: () => false })).toBe([...given][0])
  })

  test('begins anew with a large pool of which all was given once', () => {
    const size = 2n ** 20n + 1n
    const free = new FreeAddresses6([{ first, last: first + size - 1n }])
    const last = first + size - 1n
    const only = (one: bigint) => ({ unused: (asked: bigint) => asked === one, free: () => true, taken: () => false })
    expect(free.first('one', only(last))).toBe(last)
    expect(free.first('other', only(first))).toBe(first)
  })
})
