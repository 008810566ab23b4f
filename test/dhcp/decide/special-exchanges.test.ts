import { describe, expect, test } from 'vitest'
import { encodeMessage } from '../../../daemons/dhcp/message/message-codec.ts'
import { OPTION } from '../../../daemons/dhcp/message/option-code.ts'
import { type ClientMessage, clientMessage } from '../client-message.ts'
import { DeskScenario, type From, replyOption, replySeconds, SERVER, type Seen } from '../desk-scenario.ts'
import { option, reservation } from '../fixture.ts'

const ONE = '52:54:00:00:00:01'
const codes = (seen: Seen): number[] => [...(seen.decision.reply?.message.options.keys() ?? [])]

describe('rapid commit', () => {
  const asking: ClientMessage = { mac: ONE, options: [[80, []]] }

  test('gives the address at once, stored like any other', () => {
    const scenario = new DeskScenario({ rapidCommit: true })
    const ack = scenario.send(asking)
    expect(ack).toMatchObject({ outcome: 'ack', address: '192.0.2.100' })
    expect(replyOption(ack, OPTION.messageType)).toBe('05')
    expect(replyOption(ack, OPTION.rapidCommit)).toBe('')
    expect(scenario.store.load()).toMatchObject([{ address: 0xc0000264, state: 'bound' }])
    expect(scenario.send({ mac: ONE, type: 'REQUEST', requested: ack.address }).outcome).toBe('ack')
  })

  test('is an offer where it is not configured, and for a client that does not ask for it', () => {
    const offer = new DeskScenario().send(asking)
    expect(offer.outcome).toBe('offer')
    expect(replyOption(offer, OPTION.rapidCommit)).toBeUndefined()
    expect(new DeskScenario({ rapidCommit: true }).send({ mac: ONE }).outcome).toBe('offer')
  })

  test('of the probe stores nothing', () => {
    const scenario = new DeskScenario({ rapidCommit: true })
    expect(scenario.send(asking, { probe: true }).outcome).toBe('offer')
    expect(scenario.store.load()).toEqual([])
  })
})

describe('a client that can live by IPv6 alone', () => {
  const v6only = { authoritative: true, options: [option(108, '00000708')] }
  const asking: ClientMessage = { mac: ONE, wishes: [1, 3, 108] }

  test('gets no address where that is configured, and none is kept for it', () => {
    const scenario = new DeskScenario(v6only)
    const offer = scenario.send(asking)
    expect(offer).toMatchObject({ outcome: 'offer', address: '0.0.0.0', to: 'broadcast' })
    expect(offer.decision.reply?.message.yiaddr).toBe(0)
    expect(replyOption(offer, 108)).toBe('00000708')
    expect(codes(offer)).not.toContain(OPTION.leaseTime)
    const again = scenario.send({ ...asking, type: 'REQUEST', requested: '192.0.2.100' })
    expect(again).toMatchObject({ outcome: 'ack', address: '0.0.0.0' })
    expect(again.decision.reply?.message.yiaddr).toBe(0)
    expect(scenario.store.load()).toEqual([])
    expect(scenario.send({ mac: '52:54:00:00:00:02' }).address).toBe('192.0.2.100')
  })

  test.each([
    ['selecting', { server: SERVER, requested: '0.0.0.0' }],
    ['selecting without an address', { server: SERVER }],
    ['starting again', { requested: '0.0.0.0' }],
  ] as const)('hears the same when it asks for the address 0.0.0.0 that it was offered, %s', (_title, request) => {
    for (const authoritative of [false, true]) {
      const scenario = new DeskScenario({ ...v6only, authoritative })
      const ack = scenario.send({ ...asking, type: 'REQUEST', ...request })
      expect(ack).toMatchObject({ outcome: 'ack', address: '0.0.0.0', to: 'broadcast' })
      expect(replyOption(ack, 108)).toBe('00000708')
      expect(scenario.send({ mac: ONE, type: 'REQUEST', ...request }).outcome).not.toBe('ack')
    }
  })

  test('hears as well whether it may make up an address, where it asks', () => {
    const both = { options: [option(108, '00000708'), option(116, '00')] }
    const offer = new DeskScenario(both).send({ ...asking, options: [[116, [1]]] })
    expect([replyOption(offer, 108), replyOption(offer, 116)]).toEqual(['00000708', '00'])
    expect(replyOption(new DeskScenario(both).send(asking), 116)).toBeUndefined()
  })

  test('keeps the address that it has, and hears that it could do without', () => {
    const scenario = new DeskScenario(v6only)
    const address = scenario.lease(ONE)
    const unicast: From = { source: address, local: SERVER }
    const ack = scenario.send({ ...asking, type: 'REQUEST', ciaddr: address }, unicast)
    expect(ack).toMatchObject({ outcome: 'ack', address })
    expect(replyOption(ack, 108)).toBe('00000708')
  })

  test('gets an address like others where it does not say so, or nothing is configured', () => {
    expect(new DeskScenario(v6only).send({ mac: ONE, wishes: [1, 3] }).address).toBe('192.0.2.100')
    expect(new DeskScenario().send(asking).address).toBe('192.0.2.100')
  })
})

describe('a client for which there is no address', () => {
  const asking: ClientMessage = { mac: ONE, options: [[116, [1]]] }

  test('hears that it shall not make one up, where that is configured and it asks', () => {
    const full = { pools: [], options: [option(116, '00')] }
    const offer = new DeskScenario(full).send(asking)
    expect(offer).toMatchObject({ outcome: 'pool_exhausted', address: '0.0.0.0', to: 'broadcast' })
    expect(codes(offer)).toEqual([53, 54, 116])
    expect(replyOption(offer, 116)).toBe('00')
    expect(new DeskScenario(full).send({ mac: ONE }).to).toBeNull()
    expect(new DeskScenario({ pools: [] }).send(asking).to).toBeNull()
  })
})

describe('a BOOTP client', () => {
  const asking: ClientMessage = { mac: ONE, type: null }
  const printer: ClientMessage = { mac: '52:54:00:00:00:52', type: null }

  test('gets its reserved address for ever, without a word of DHCP, in 300 octets', () => {
    const options = Array.from({ length: 20 }, (_, index) => option(200 + index, '00'.repeat(10)))
    const scenario = new DeskScenario({
      options,
      boots: [{ nextServer: '192.0.2.9', serverName: null, file: 'k', files: [] }],
    })
    const answer = scenario.send(printer)
    expect(answer).toMatchObject({ outcome: 'bootp_reply', address: '192.0.2.50', to: 'frame 192.0.2.50' })
    for (const code of [51, 53, 54, 58, 59]) expect(codes(answer)).not.toContain(code)
    expect(replyOption(answer, OPTION.hostName)).toBe(Buffer.from('printer').toString('hex'))
    expect(scenario.store.load()).toMatchObject([{ endsMs: Number.POSITIVE_INFINITY }])
    const { reply } = answer.decision
    if (reply === null) throw new Error('no reply')
    expect(encodeMessage(reply.message, reply.maxBytes).bytes.length).toBe(300)
    expect(Buffer.from(reply.message.file).toString()).toBe('k')
  })

  test.each([
    ['off', printer, 'ignored_bootp'],
    ['static', asking, 'ignored_bootp'],
    ['dynamic', asking, 'bootp_reply'],
    ['dynamic', { ...asking, ciaddr: '192.0.2.77' }, 'bootp_reply'],
    ['static', { ...asking, ciaddr: '192.0.2.77' }, 'ignored_bootp'],
    ['static', { ...printer, ciaddr: '192.0.2.77' }, 'bootp_reply'],
    ['dynamic', { ...asking, ciaddr: '10.0.0.77' }, 'ignored_bootp'],
    ['dynamic', { ...asking, ciaddr: '192.0.2.255' }, 'ignored_bootp'],
  ] as const)('where it is %s', (bootp, message, outcome) => {
    expect(new DeskScenario({ bootp }).send(message).outcome).toBe(outcome)
  })

  test('that has an address hears what it boots, and no other address', () => {
    const boots = [{ nextServer: '192.0.2.9', serverName: null, file: 'k', files: [] }]
    const scenario = new DeskScenario({ bootp: 'dynamic', boots })
    const answer = scenario.send({ ...asking, ciaddr: '192.0.2.77' })
    expect(answer).toMatchObject({ outcome: 'bootp_reply', to: 'unicast 192.0.2.77' })
    const message = answer.decision.reply?.message
    expect(message).toMatchObject({ ciaddr: 0xc000024d, yiaddr: 0, siaddr: 0xc0000209 })
    expect(Buffer.from(message?.file ?? []).toString()).toBe('k')
    expect(scenario.store.load()).toEqual([])
  })

  test('has the same address when it asks by DHCP afterwards', () => {
    const scenario = new DeskScenario({ bootp: 'dynamic' })
    const { address } = scenario.send(asking)
    expect(scenario.send({ mac: ONE })).toMatchObject({ outcome: 'offer', address })
    expect(scenario.lease('52:54:00:00:00:09')).not.toBe(address)
  })

  test('gets silence when the pool is empty or it is on no served subnet', () => {
    const pools = [{ first: '192.0.2.100', last: '192.0.2.100' }]
    const scenario = new DeskScenario({ bootp: 'dynamic', pools })
    scenario.lease('52:54:00:00:00:09')
    expect(scenario.send(asking).outcome).toBe('pool_exhausted')
    expect(scenario.send(asking, { link: '203.0.113.1' }).outcome).toBe('ignored_no_subnet')
  })
})

describe('option 81 is answered', () => {
  const labels = [0x66, ...[6], ...Buffer.from('laptop'), 0].slice(1)
  const rows: readonly (readonly [string, readonly number[], string | undefined])[] = [
    [
      'with the whole name, and that no DNS is updated',
      [0x04, 0, 0, ...labels],
      '0cffff066c6170746f70036c6162076578616d706c6500',
    ],
    [
      'with O where the server was asked to update',
      [0x05, 0, 0, ...labels],
      '0effff066c6170746f70036c6162076578616d706c6500',
    ],
    [
      'sanely where S and N contradict each other',
      [0x0d, 0, 0, ...labels],
      '0cffff066c6170746f70036c6162076578616d706c6500',
    ],
    [
      'in plain text where it is asked so',
      [0x00, 0, 0, ...Buffer.from('laptop')],
      `08ffff${Buffer.from('laptop.lab.example').toString('hex')}`,
    ],
    ['without a name where there is none', [0x04, 0, 0], '0cffff'],
    ['without a name that runs past its end', [0x04, 0, 0, 63, 65], '0cffff'],
    ['not at all where it is cut', [0x04, 0], undefined],
  ]
  test.each(rows)('%s', (_title, value, want) => {
    const offer = new DeskScenario().send({ mac: ONE, options: [[81, value]] })
    expect(offer.outcome).toBe('offer')
    expect(replyOption(offer, 81)).toBe(want)
  })

  test('with the reserved name rather than its own', () => {
    const offer = new DeskScenario().send({ mac: '52:54:00:00:00:52', options: [[81, [0x04, 0, 0, ...labels]]] })
    expect(Buffer.from(replyOption(offer, 81) ?? '', 'hex').toString('latin1')).toContain('\x07printer\x03lab')
  })
})

describe('"self"', () => {
  test('is our address on the link, or where the relay found us, whatever the relay calls us', () => {
    expect(replyOption(new DeskScenario().send({ wishes: [7] }), 7)).toBe('c0000201')
    const relayed = { giaddr: '198.51.100.1', wishes: [7], options: [[82, [11, 4, 10, 0, 0, 1]]] } as const
    const offer = new DeskScenario().send(relayed, { link: null, local: '203.0.113.1' })
    expect(replyOption(offer, OPTION.serverIdentifier)).toBe('0a000001')
    expect(replyOption(offer, 7)).toBe('cb007101')
    const named = new DeskScenario({}, { serverIdentifier: 0x0a090909 }).send({ wishes: [7] })
    expect(replyOption(named, 7)).toBe('0a090909')
  })
})

test('a reservation without a name leaves the client the one it has', () => {
  const scenario = new DeskScenario({ reservations: [reservation({ macs: [ONE], address: '192.0.2.50' })] })
  const offer = scenario.send({ mac: ONE, wishes: [12], options: [[12, [...Buffer.from('box')]]] })
  expect(replyOption(offer, 12)).toBeUndefined()
  expect(replySeconds(offer)).toBe(3600)
  expect(clientMessage({}).options.has(12)).toBe(false)
})
