import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { answerCommand } from '../../daemons/dhcp/commands/answer-command.ts'
import { ReservationDesk } from '../../daemons/dhcp/commands/reservation-desk.ts'
import { DecisionHistory } from '../../daemons/dhcp/decide/decision-history.ts'
import { ReservationDesk6 } from '../../daemons/dhcp/v6/reservation-desk.ts'
import { ip } from './client-message.ts'
import { DeskScenario, SERVER, served } from './desk-scenario.ts'
import { attachedSubnet, relayedSubnet, reservation } from './fixture.ts'
import { DeskScenario6, SERVER as SERVER6 } from './v6/desk-scenario.ts'

const MAC = '52:54:00:00:00:01'
const OTHER = '52:54:00:00:00:02'
let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-commands-'))
  file = join(folder, 'reservations.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** A desk with its reservations, and questions as the command line asks them. */
class Counter {
  readonly scenario = new DeskScenario()
  readonly scenario6 = new DeskScenario6()
  readonly history = new DecisionHistory(16)
  reservations: ReservationDesk
  readonly reservations6 = new ReservationDesk6(join(folder, 'reservations6.json'), this.scenario6.subnets)
  readonly listeners: readonly number[]
  readonly trustedLinks = new Set<string>()
  servesIpv6 = true

  constructor(listeners: readonly string[] = []) {
    this.listeners = listeners.map(ip)
    this.reservations = new ReservationDesk(file, served(attachedSubnet, relayedSubnet))
    this.scenario.desk.replan(this.reservations.served)
  }

  ask(question: string, params: unknown): unknown {
    const { scenario, history, reservations } = this
    const hardware = new Uint8Array(6)
    return answerCommand(
      {
        desk: scenario.desk,
        dhcp6: this.servesIpv6
          ? {
              desk: this.scenario6.desk,
              own: { all: this.scenario6.own, byDevice: new Map() },
              server: Buffer.from(SERVER6, 'hex'),
              devices: ['lan0'],
              reservations: this.reservations6,
            }
          : null,
        reservations,
        history,
        clock: { wallMs: () => scenario.time.wall, monotonicMs: () => scenario.time.monotonic, wallNs: () => 0n },
        site: scenario.site,
        own: { all: scenario.site.own, byInterface: new Map([['lan0', { addresses: [ip(SERVER)], hardware }]]) },
        interfaces: ['lan0'],
        trustedLinks: this.trustedLinks,
        listeners: this.listeners,
      },
      question,
      params,
    )
  }
}

describe('reserve', () => {
  test('keeps an address for a client from the next exchange on, and over a start', () => {
    const counter = new Counter()
    expect(counter.scenario.lease(MAC)).toBe('192.0.2.100')
    expect(counter.ask('change-reserve', { client: MAC, address: '192.0.2.60', hostname: 'desk' })).toMatchObject({
      address: '192.0.2.60',
      mac: MAC,
      subnet: '192.0.2.0/24',
      taken_by: null,
    })
    expect(counter.scenario.lease(MAC)).toBe('192.0.2.60')
    expect(JSON.parse(readFileSync(file, 'utf8')).reservations).toHaveLength(1)
    expect(new Counter().scenario.lease(MAC)).toBe('192.0.2.60')
  })

  test('knows a client by the address that it has, and tells who has the address reserved', () => {
    const counter = new Counter()
    counter.scenario.lease(MAC)
    counter.scenario.lease(OTHER)
    expect(counter.ask('change-reserve', { client: '192.0.2.100', address: '192.0.2.101' })).toMatchObject({
      mac: MAC,
      taken_by: OTHER,
    })
  })

  test.each([
    ['an address of no subnet', { client: MAC, address: '10.0.0.1' }, '10.0.0.1 lies in no served subnet'],
    ['our own address', { client: MAC, address: SERVER }, '192.0.2.1 is not for clients'],
    ['an address of the configuration', { client: MAC, address: '192.0.2.50' }, 'in the configuration'],
    [
      'a client of the configuration',
      { client: '52:54:00:00:00:52', address: '192.0.2.60' },
      'has 192.0.2.50 reserved',
    ],
    ['no client', { client: 'printer', address: '192.0.2.60' }, 'a client is a MAC'],
    ['an address without a client', { client: '192.0.2.105', address: '192.0.2.60' }, 'no client is known'],
    ['a name that is none', { client: MAC, address: '192.0.2.60', hostname: 'a/../b' }, 'a host name has letters'],
  ])('refuses %s', (_, params, reason) => {
    const counter = new Counter()
    expect(counter.ask('change-reserve', params)).toEqual({ refused: expect.stringContaining(reason) })
    expect(() => readFileSync(file)).toThrow('ENOENT')
  })

  test('is refused for a second address, taken back by unreserve, and shown beside those of the configuration', () => {
    const counter = new Counter()
    counter.ask('change-reserve', { client: 'ff00112233445566', address: '192.0.2.60' })
    expect(counter.ask('change-reserve', { client: 'ff00112233445566', address: '192.0.2.61' })).toEqual({
      refused: 'the client has 192.0.2.60 reserved by command',
    })
    const listed = counter.ask('reservations', {})
    expect(listed).toContainEqual(expect.objectContaining({ address: '192.0.2.60', keys: ['client ff00112233445566'] }))
    expect(listed).toContainEqual(expect.objectContaining({ address: '192.0.2.50', made: null }))
    expect(counter.ask('change-unreserve', { client: '192.0.2.60' })).toHaveLength(1)
    expect(counter.ask('change-unreserve', { client: '192.0.2.60' })).toEqual([])
    expect(counter.ask('reservations', {})).not.toContainEqual(expect.objectContaining({ address: '192.0.2.60' }))
  })

  test('gives way to the configuration when that reserves the address or the client too', () => {
    const counter = new Counter()
    counter.ask('change-reserve', { client: MAC, address: '192.0.2.60' })
    const reservations = [reservation({ macs: [OTHER], address: '192.0.2.60' })]
    counter.scenario.desk.replan(counter.reservations.configure(served({ ...attachedSubnet, reservations })))
    expect(counter.scenario.lease(MAC)).toBe('192.0.2.100')
    expect(counter.scenario.lease(OTHER)).toBe('192.0.2.60')
  })

  test('leaves a file alone that it cannot read, and says so', () => {
    writeFileSync(file, '{"reservations":[{"address":"x"}]}')
    const counter = new Counter()
    expect(counter.reservations.fault).toContain('entry 1 is no reservation')
    expect(counter.ask('change-reserve', { client: MAC, address: '192.0.2.60' })).toMatchObject({
      refused: expect.stringContaining('not in force'),
    })
    expect(readFileSync(file, 'utf8')).toBe('{"reservations":[{"address":"x"}]}')
  })
})

describe('reserve of IPv6', () => {
  test('is told by the address, lists and takes back beside that of IPv4', () => {
    const counter = new Counter()
    counter.ask('change-reserve', { client: MAC, address: '192.0.2.60' })
    expect(counter.ask('change-reserve', { client: MAC, address: 'fd00:50::60' })).toMatchObject({
      ...{ address: 'fd00:50::60', mac: MAC, client_id: null, duid: null, subnet: 'fd00:50::/64' },
    })
    expect(counter.ask('reservations', {})).toContainEqual(expect.objectContaining({ address: 'fd00:50::60' }))
    expect(counter.ask('change-unreserve', { client: MAC })).toMatchObject([
      { address: '192.0.2.60', duid: null },
      { address: 'fd00:50::60', client_id: null },
    ])
    expect(counter.ask('change-unreserve', { client: 'fd00:50::60' })).toEqual([])
  })

  test('knows a device by the IPv4 address that it has', () => {
    const counter = new Counter()
    const client = counter.scenario.lease(MAC)
    expect(counter.ask('change-reserve', { client, address: 'fd00:50::60' })).toMatchObject({ mac: MAC })
    expect(counter.ask('change-reserve', { client: '192.0.2.109', address: 'fd00:50::61' })).toEqual({
      refused: 'no client is known at 192.0.2.109',
    })
    counter.servesIpv6 = false
    expect(counter.ask('change-reserve', { client, address: 'fd00:50::61' })).toEqual({
      refused: 'no subnet with DHCPv6 is served',
    })
  })
})

test('import leaves out leases of IPv6 where no DHCPv6 is served, with the reason', () => {
  const counter = new Counter()
  const lease = { address: 'fd00:50::1003', duid: '00020a', iaid: 1, state: 'bound', startsMs: 0, endsMs: null }
  expect(counter.ask('change-import6', { leases: [lease], dry: true })).toEqual({ imported: 1, left_out: [] })
  counter.servesIpv6 = false
  expect(counter.ask('change-import6', { leases: [lease], dry: false })).toEqual({
    imported: 0,
    left_out: [{ what: 'fd00:50::1003', reason: 'no subnet with DHCPv6 is served' }],
  })
  expect(counter.ask('change-import6', { leases: 1 })).toEqual({ refused: expect.stringContaining('list') })
})

describe('import of IPv6 hosts', () => {
  const hosts = [
    { address: 'fd00:50::60', mac: MAC, hostname: 'desk_1.lab' },
    { address: 'fd00:50::61', mac: '', duid: '00020a' },
    { address: 'fd00:50::60', mac: OTHER },
    { address: 'fd00:99::1', mac: OTHER },
    { address: 'fd00:50::62', mac: '', duid: '' },
  ]

  test('makes reservations of those that can be, and only tells of them when it is dry', () => {
    const counter = new Counter()
    const report = {
      imported: 2,
      left_out: [
        { what: 'fd00:50::60', reason: `fd00:50::60 is reserved by command for ${MAC}` },
        { what: 'fd00:99::1', reason: 'fd00:99::1 lies in no served subnet that addresses are given in' },
        { what: 'fd00:50::62', reason: 'a client of IPv6 is a MAC, an IPv6 address, or a DUID in hex' },
      ],
    }
    expect(counter.ask('change-import-hosts6', { hosts, dry: true })).toEqual(report)
    expect(counter.reservations6.list().filter(({ made }) => made !== null)).toEqual([])
    expect(counter.ask('change-import-hosts6', { hosts, dry: false })).toEqual(report)
    expect(counter.reservations6.list()).toContainEqual(
      expect.objectContaining({ address: 'fd00:50::60', keys: [MAC], hostname: 'desk-1' }),
    )
    expect(counter.ask('change-import-hosts6', { hosts: 1 })).toEqual({ refused: expect.stringContaining('list') })
  })

  test('leaves them out where no DHCPv6 is served', () => {
    const counter = new Counter()
    counter.servesIpv6 = false
    expect(counter.ask('change-import-hosts6', { hosts: hosts.slice(0, 1), dry: false })).toEqual({
      imported: 0,
      left_out: [{ what: 'fd00:50::60', reason: 'no subnet with DHCPv6 is served' }],
    })
  })
})

describe('release', () => {
  test.each([MAC, '192.0.2.100', '52-54-00-00-00-01'])('ends the lease that %s names, once', (client) => {
    const counter = new Counter()
    counter.scenario.lease(MAC)
    counter.scenario.lease(OTHER)
    expect(counter.ask('change-release', { client })).toEqual([
      { address: '192.0.2.100', mac: MAC, client_id: null, duid: null, state: 'bound' },
    ])
    expect(counter.ask('change-release', { client })).toEqual([])
    expect(counter.scenario.store.load().map(({ state }) => state)).toEqual(['released', 'bound'])
    expect(counter.history.about(MAC)).toMatchObject([{ type: 'COMMAND', outcome: 'released', address: '192.0.2.100' }])
  })

  test('lets an address out of its quarantine', () => {
    const counter = new Counter()
    const address = counter.scenario.lease(MAC)
    counter.scenario.send({ mac: MAC, type: 'DECLINE', requested: address, server: SERVER })
    expect(counter.ask('change-release', { client: address })).toMatchObject([{ state: 'declined' }])
    expect(counter.scenario.desk.book.subnets[0]?.leaseAt(ip(address))?.state).toBe('released')
  })

  test('changes nothing when it cannot be stored', () => {
    const counter = new Counter()
    counter.scenario.lease(MAC)
    counter.scenario.store.failure = new Error('disk full')
    expect(() => counter.ask('change-release', { client: MAC })).toThrow('disk full')
    expect(counter.scenario.desk.book.subnets[0]?.boundCount()).toBe(1)
  })
})

test('release does not call a lease ended that it cannot end: its subnet is served no more', () => {
  const counter = new Counter()
  counter.scenario.lease(MAC)
  counter.scenario.desk.replan(served(relayedSubnet))
  expect(counter.ask('change-release', { client: MAC })).toEqual([])
})

test('try says why a client of a protocol that is not served cannot be tried', () => {
  const counter = new Counter()
  counter.scenario.desk.replan(served())
  counter.servesIpv6 = false
  expect(counter.ask('try', { mac: MAC })).toEqual({
    refused: 'no IPv4 is served: describe a client of DHCPv6 by its --duid',
  })
  expect(counter.ask('try', { duid: '0003000152540000ff01' })).toEqual({ refused: 'no subnet with DHCPv6 is served' })
})

test('try takes who has a DUID for a client of DHCPv6', () => {
  const report = new Counter().ask('try', { duid: '0003000152540000ff01', mac: MAC })
  expect(report).toMatchObject({ type: 'SOLICIT', outcome: 'advertise', subnet: 'fd00:50::/64' })
})

describe('try', () => {
  test('tells what a client would get, and changes nothing', () => {
    const counter = new Counter()
    const trial = { mac: MAC, hostname: 'desk' }
    const report = counter.ask('try', trial)
    expect(report).toMatchObject({ type: 'DISCOVER', outcome: 'offer', address: '192.0.2.100', subnet: '192.0.2.0/24' })
    expect(report).toMatchObject({ reply: { type: 'OFFER', to: 'frame 192.0.2.100' } })
    expect(report).toHaveProperty('reply.options', expect.arrayContaining([{ code: 51, hex: '00000e10' }]))
    expect(counter.ask('try', trial)).toEqual(report)
    expect(counter.ask('try', { ...trial, mac: OTHER })).toMatchObject({ address: '192.0.2.100' })
    expect([...counter.scenario.desk.book.leases()]).toEqual([])
  })

  test('believes a switch about the port of a client where it is trusted', () => {
    const counter = new Counter()
    const trial = { mac: MAC, circuit_id: '65746830' }
    expect(counter.ask('try', trial)).toMatchObject({ outcome: 'ignored_untrusted_relay_option' })
    counter.trustedLinks.add('lan0')
    expect(counter.ask('try', trial)).toMatchObject({ outcome: 'offer', address: '192.0.2.52' })
  })

  test('tells what a client boots, and answers one that asks for settings alone', () => {
    const counter = new Counter()
    const boots = [
      { nextServer: null, serverName: 'tftp.lab', file: null, files: [{ architecture: 7, file: 'x.efi' }] },
    ]
    counter.scenario.desk.replan(served({ ...attachedSubnet, boots }))
    expect(counter.ask('try', { mac: MAC, vendor_class: 'PXEClient:Arch:00007' })).toMatchObject({
      reply: { boot_file: 'x.efi', server_name: 'tftp.lab', next_server: null },
    })
    expect(counter.ask('try', { mac: MAC, type: 'inform', requested: '192.0.2.77' })).toMatchObject({
      outcome: 'ack',
      reply: { to: 'unicast 192.0.2.77', boot_file: null },
    })
    expect(counter.ask('try', { mac: MAC, type: 'inform' })).toEqual({
      refused: expect.stringContaining('--requested'),
    })
  })

  test('goes through a relay with the port that it tells', () => {
    const report = new Counter().ask('try', { mac: MAC, relay: '198.51.100.1', circuit_id: '7365617437' })
    expect(report).toMatchObject({
      outcome: 'offer',
      address: '198.51.100.77',
      reason: 'reserved for the client',
      reply: { to: 'relay 198.51.100.1' },
    })
  })

  test.each([
    ['the address that relays send to', ['198.51.100.9'], '198.51.100.9'],
    ['the demo on loopback', ['127.0.0.1'], '127.0.0.1'],
    ['every address', ['0.0.0.0'], SERVER],
  ])('a relayed client is told what it would be told by a socket on %s', (_, listeners, server) => {
    const report = new Counter(listeners).ask('try', { mac: MAC, relay: '198.51.100.1' })
    const hex = ip(server).toString(16).padStart(8, '0')
    expect(report).toMatchObject({ outcome: 'offer', received_at: server })
    expect(report).toHaveProperty('reply.options', expect.arrayContaining([{ code: 54, hex }]))
  })

  test('tells the reason of a no, for a REQUEST too', () => {
    const counter = new Counter()
    counter.scenario.lease(OTHER)
    expect(counter.ask('try', { mac: MAC, type: 'request', requested: '192.0.2.100' })).toMatchObject({
      outcome: 'nak',
      reason: 'address is leased to another client',
      reply: { type: 'NAK' },
    })
    expect(counter.ask('try', { mac: MAC, relay: '10.9.9.9' })).toMatchObject({
      outcome: 'ignored_no_subnet',
      reply: null,
    })
  })

  test.each([
    [{ mac: MAC, type: 'OFFER' }, 'DISCOVER, REQUEST, INFORM'],
    [{ mac: MAC, type: 'REQUEST' }, '--requested'],
    [{ mac: MAC, interface: 'lan9' }, 'lan9 has no address'],
    [{ mac: 'zz' }, 'mac must be'],
    [{ mac: MAC, relay: '1.2.3' }, 'relay must be'],
  ])('refuses %j', (params, reason) => {
    expect(new Counter().ask('try', params)).toEqual({ refused: expect.stringContaining(reason) })
  })
})

describe('import of hosts', () => {
  const host = (address: string, mac: string, more: object = {}): object => ({ address, mac, hostname: null, ...more })
  const hosts = [
    host('192.0.2.60', MAC, { hostname: 'desk_1.lab' }),
    host('192.0.2.61', '', { clientId: 'ff0011' }),
    host('192.0.2.60', OTHER),
    host('192.0.2.62', MAC),
    host('10.0.0.1', OTHER),
  ]
  const report = {
    imported: 2,
    left_out: [
      { what: '192.0.2.60', reason: `192.0.2.60 is reserved by command for ${MAC}` },
      { what: '192.0.2.62', reason: 'the client has 192.0.2.60 reserved by command' },
      { what: '10.0.0.1', reason: '10.0.0.1 lies in no served subnet' },
    ],
  }

  test('makes reservations of those that can be, and only tells of them when it is dry', () => {
    const counter = new Counter()
    expect(counter.ask('change-import-hosts', { hosts, dry: true })).toEqual(report)
    expect(counter.reservations.list().filter(({ made }) => made !== null)).toEqual([])
    expect(counter.ask('change-import-hosts', { hosts, dry: false })).toEqual(report)
    expect(counter.scenario.lease(MAC)).toBe('192.0.2.60')
    expect(JSON.parse(readFileSync(file, 'utf8')).reservations).toMatchObject([
      { address: '192.0.2.60', mac: MAC, client_id: null, hostname: 'desk-1' },
      { address: '192.0.2.61', mac: null, client_id: 'ff0011', hostname: null },
    ])
  })

  test('refuses what is no list, and leaves out what is no host', () => {
    const counter = new Counter()
    expect(counter.ask('change-import-hosts', { hosts: 1 })).toEqual({ refused: expect.stringContaining('list') })
    expect(counter.ask('change-import-hosts', { hosts: [null, { address: '192.0.2.60' }] })).toMatchObject({
      imported: 0,
    })
  })
})

describe('import', () => {
  const hour = 3600_000
  const foreign = (address: string, changes: Record<string, unknown> = {}): Record<string, unknown> => ({
    address,
    mac: MAC,
    clientId: null,
    hostname: null,
    state: 'bound',
    startsMs: 1_800_000_000_000 - hour,
    endsMs: 1_800_000_000_000 + hour,
    ...changes,
  })

  test.each([Number.MAX_SAFE_INTEGER * 1000, -Number.MAX_SAFE_INTEGER * 1000])(
    'brings a time of %d, which no lease has, to one that can be stored and shown',
    (ms) => {
      const counter = new Counter()
      const leases = [foreign('192.0.2.104', { startsMs: ms, endsMs: ms })]
      expect(counter.ask('change-import', { leases, dry: false })).toEqual({ imported: 1, left_out: [] })
      const [lease] = counter.scenario.store.load()
      for (const storedMs of [lease?.startsMs, lease?.endsMs].filter((one) => one !== Number.POSITIVE_INFINITY))
        expect(Number.isFinite(new Date(storedMs ?? Number.NaN).getTime())).toBe(true)
    },
  )

  test('takes over leases so that their clients go on, and stores them', () => {
    const counter = new Counter()
    const leases = [
      foreign('192.0.2.104', { hostname: 'desk' }),
      foreign('198.51.100.22', { mac: OTHER, endsMs: null }),
    ]
    expect(counter.ask('change-import', { leases, dry: true })).toEqual({ imported: 2, left_out: [] })
    expect(counter.scenario.store.load()).toEqual([])
    expect(counter.ask('change-import', { leases, dry: false })).toEqual({ imported: 2, left_out: [] })
    expect(counter.scenario.store.load()).toMatchObject([
      { address: ip('192.0.2.104'), mac: MAC, hostname: 'desk', endsMs: 1_800_000_000_000 + hour },
      { address: ip('198.51.100.22'), endsMs: Number.POSITIVE_INFINITY },
    ])
    expect(counter.scenario.send({ mac: MAC, type: 'REQUEST', ciaddr: '192.0.2.104' }).outcome).toBe('ack')
  })

  test('takes over what lies in the pool of a class, which the file does not tell, but not of a denied card', () => {
    const counter = new Counter()
    const pools = [{ first: '192.0.2.100', last: '192.0.2.109', classes: ['phones'] }]
    const phones = { name: 'phones', vendorClasses: ['yealink*'], macs: [], randomMac: null, architectures: [] }
    const settings = { leaseSeconds: null, minLeaseSeconds: null, maxLeaseSeconds: null, options: [], boots: [] }
    const rest = { userClasses: [], circuitIds: [], remoteIds: [], deny: false, settings }
    const deny = { macs: ['525400000002'], classes: [] }
    counter.scenario.desk.replan({ classes: [{ ...phones, ...rest }], subnets: [{ ...attachedSubnet, pools, deny }] })
    const leases = [foreign('192.0.2.104'), foreign('192.0.2.105', { mac: OTHER })]
    expect(counter.ask('change-import', { leases, dry: false })).toEqual({
      imported: 1,
      left_out: [{ what: '192.0.2.105', reason: 'the hardware address is on the deny list' }],
    })
  })

  test('remembers a client whose lease is over, and gives it its address again', () => {
    const counter = new Counter()
    const over = [
      foreign('192.0.2.104', { state: 'released' }),
      foreign('192.0.2.105', { mac: OTHER, endsMs: 1_800_000_000_000 - 1 }),
    ]
    counter.ask('change-import', { leases: over, dry: false })
    expect(counter.scenario.desk.book.subnets[0]?.boundCount()).toBe(0)
    expect(counter.scenario.send({ mac: MAC }).address).toBe('192.0.2.104')
    expect(counter.scenario.send({ mac: OTHER }).address).toBe('192.0.2.105')
  })

  test('leaves out what clashes, each with its reason', () => {
    const counter = new Counter()
    counter.scenario.lease(OTHER)
    counter.scenario.lease('52:54:00:00:00:03')
    const leases = [
      foreign('10.1.1.1'),
      foreign('192.0.2.200'),
      foreign('192.0.2.50'),
      foreign(SERVER),
      foreign('192.0.2.100'),
      foreign('192.0.2.105', { mac: OTHER }),
      foreign('192.0.2.101', { mac: '52:54:00:00:00:03', endsMs: 1_800_000_000_001 }),
      foreign('nonsense'),
    ]
    expect(counter.ask('change-import', { leases, dry: false })).toEqual({
      imported: 0,
      left_out: [
        { what: '10.1.1.1', reason: 'it lies in no served subnet' },
        { what: '192.0.2.200', reason: 'address is in no pool' },
        { what: '192.0.2.50', reason: 'address is reserved for another client' },
        { what: SERVER, reason: 'address is not for clients' },
        { what: '192.0.2.100', reason: 'address is leased to another client' },
        { what: '192.0.2.105', reason: 'its client has 192.0.2.100 here' },
        { what: '192.0.2.101', reason: 'the lease that is known here lasts as long' },
        { what: 'nonsense', reason: 'it lies in no served subnet' },
      ],
    })
    expect(counter.scenario.store.load()).toHaveLength(2)
  })

  test('keeps nothing when it cannot be stored, nor of names that are none', () => {
    const counter = new Counter()
    counter.scenario.store.failure = new Error('disk full')
    expect(() => counter.ask('change-import', { leases: [foreign('192.0.2.104')], dry: false })).toThrow('disk full')
    expect([...counter.scenario.desk.book.leases()]).toEqual([])
    counter.scenario.store.failure = null
    counter.ask('change-import', { leases: [foreign('192.0.2.104', { hostname: '\u001b[2J../x' })], dry: false })
    expect(counter.scenario.store.load()[0]?.hostname).toMatch(/^[a-z0-9.-]+$/i)
  })
})

test('an IPv6 lease is ended by its address, its DUID or its hardware address, and remembered', () => {
  for (const word of ['fd00:50::52', '00:03:00:01:52:54:00:00:00:52', '52-54-00-00-00-52']) {
    const box = new Counter()
    expect(box.scenario6.lease(0x52)).toBe('fd00:50::52')
    expect(box.ask('change-release', { client: word })).toEqual([
      {
        address: 'fd00:50::52',
        mac: '52:54:00:00:00:52',
        client_id: null,
        duid: '00030001525400000052',
        state: 'bound',
      },
    ])
    expect(box.history.about('fd00:50::52')).toMatchObject([{ type: 'COMMAND', outcome: 'released' }])
    expect(box.ask('change-release', { client: word })).toEqual([])
  }
  expect(new Counter().ask('change-release', { client: 'fd00::zz' })).toMatchObject({ refused: expect.any(String) })
})
