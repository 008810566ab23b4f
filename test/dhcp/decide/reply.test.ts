import { describe, expect, test } from 'vitest'
import { decodeMessage, encodeMessage } from '../../../daemons/dhcp/message/message-codec.ts'
import { OPTION } from '../../../daemons/dhcp/message/option-code.ts'
import type { ClientMessage } from '../client-message.ts'
import { DeskScenario, type From, replyOption, SERVER, type Seen } from '../desk-scenario.ts'

/** The options as the client reads them. */
function sent(seen: Seen): ReadonlyMap<number, Uint8Array> {
  const { reply } = seen.decision
  if (reply === null) throw new Error(`no reply: ${seen.reason}`)
  const decoded = decodeMessage(encodeMessage(reply.message, reply.maxBytes).bytes)
  if (decoded.kind === 'malformed') throw new Error(decoded.reason)
  return decoded.message.options
}

const codes = (seen: Seen): number[] => [...(seen.decision.reply?.message.options.keys() ?? [])]

describe('the options of an offer', () => {
  test('are those asked for, in that order, each once, the mask before the routers', () => {
    const offer = new DeskScenario().send({ wishes: [3, 6, 42, 1, 15, 3, 53, 51, 82] })
    expect(codes(offer)).toEqual([53, 54, 51, 1, 3, 6, 15])
    expect(replyOption(offer, OPTION.subnetMask)).toBe('ffffff00')
    expect(replyOption(offer, OPTION.domainName)).toBe(Buffer.from('lab.example').toString('hex'))
  })

  test('are all that are configured when the client lists none', () => {
    const scenario = new DeskScenario({
      options: [
        { code: 150, hex: 'c0000202', always: false },
        { code: 54, hex: '01020304', always: false },
      ],
    })
    const offer = scenario.send({})
    expect(codes(offer)).toEqual([53, 54, 51, 1, 3, 6, 15, 28, 7, 9, 150, 58, 59])
    expect(replyOption(offer, OPTION.logServers)).toBe('c0000201')
    expect(replyOption(offer, OPTION.lprServers)).toBe('c0000207c0000208')
    expect(replyOption(offer, OPTION.serverIdentifier)).toBe('c0000201')
    expect(replyOption(offer, OPTION.renewalTime)).toBe('00000708')
    expect(replyOption(offer, OPTION.rebindingTime)).toBe('00000c4e')
  })

  test('hold those sent always, also when the client does not ask', () => {
    const options = [
      { code: 114, hex: '68', always: true },
      { code: 150, hex: 'c0000202', always: false },
    ]
    expect(codes(new DeskScenario({ options }).send({ wishes: [1, 3] }))).toEqual([53, 54, 51, 1, 3, 114])
    expect(codes(new DeskScenario({ options }).send({ wishes: [114, 150] }))).toEqual([53, 54, 51, 114, 150])
  })

  test('are none for a client that lists nothing in an empty list, whoever asked before it', () => {
    const scenario = new DeskScenario()
    expect(codes(scenario.send({}))).toContain(3)
    expect(codes(scenario.send({ wishes: [] }))).toEqual([53, 54, 51])
    expect(codes(scenario.send({ wishes: [3] }))).toEqual([53, 54, 51, 3])
    expect(codes(scenario.send({}))).toContain(3)
  })

  test('are right for more lists of wishes than are remembered', () => {
    const scenario = new DeskScenario()
    for (let code = 1; code <= 300; code++)
      expect(codes(scenario.send({ wishes: [code & 255, 6, code >> 8] }))).toContain(6)
    expect(codes(scenario.send({ wishes: [3] }))).toEqual([53, 54, 51, 3])
  })

  test('leave the routers out where classless routes are told, and nowhere else', () => {
    const options = [
      { code: 33, hex: '0a000001c0000209', always: false },
      { code: 121, hex: '00c0000201', always: false },
    ]
    const scenario = new DeskScenario({ options })
    expect(codes(scenario.send({ wishes: [1, 3, 33, 121] }))).toEqual([53, 54, 51, 1, 121])
    expect(codes(scenario.send({ wishes: [1, 3, 33] }))).toEqual([53, 54, 51, 1, 3, 33])
  })

  test('carry the reserved name and give the client its identifier back', () => {
    const offer = new DeskScenario().send({ mac: '52:54:00:00:00:52', wishes: [12], clientId: [7, 7, 7] })
    expect(replyOption(offer, OPTION.hostName)).toBe(Buffer.from('printer').toString('hex'))
    expect(replyOption(offer, OPTION.clientIdentifier)).toBe('070707')
    expect(replyOption(new DeskScenario().send({}), OPTION.clientIdentifier)).toBeUndefined()
  })

  test('hold a client identifier of 255 octets, before what is configured', () => {
    const clientId = Array.from({ length: 255 }, (_, index) => index)
    const seen = new DeskScenario().send({ clientId })
    expect(sent(seen).get(OPTION.clientIdentifier)).toEqual(Uint8Array.from(clientId))
    expect(codes(seen).slice(0, 4)).toEqual([53, 54, 61, 51])
  })

  test('are as many as without a relay, which takes its own out again', () => {
    const agent = [1, 150, ...new Uint8Array(150), 2, 150, ...new Uint8Array(150)]
    const giaddr = '198.51.100.1'
    const alone = sent(new DeskScenario().send({ giaddr }))
    const relayed = sent(new DeskScenario().send({ giaddr, options: [[82, agent]] }))
    expect(relayed.get(82)).toEqual(Uint8Array.from(agent))
    expect([...relayed.keys()]).toEqual([...alone.keys(), 82])
  })

  test('leave out what is only for those who ask for it: to do without IPv4, or without an address of their own', () => {
    const options = [108, 116].map((code) => ({ code, hex: '00', always: false }))
    const scenario = new DeskScenario({ options })
    expect(codes(scenario.send({}))).not.toContain(108)
    expect(codes(scenario.send({}))).not.toContain(116)
    expect(codes(scenario.send({ type: 'INFORM', ciaddr: '192.0.2.77' }))).not.toContain(108)
  })

  test.each([
    ['576 octets when the client says nothing', undefined, 548],
    ['576 octets when it says less', [0, 100], 548],
    ['what it says', [0x02, 0xbc], 672],
    ['one Ethernet frame when it says more', [0x23, 0x28], 1472],
  ])('fit %s', (_title, size, payload) => {
    const long = Array.from({ length: 10 }, (_, index) => ({ code: 200 + index, hex: 'ab'.repeat(250), always: false }))
    const options = size === undefined ? [] : ([[OPTION.maximumMessageSize, size]] as const)
    const { reply } = new DeskScenario({ options: long }).send({ options }).decision
    if (reply === null) throw new Error('no reply')
    const { bytes, omitted } = encodeMessage(reply.message, reply.maxBytes)
    expect(reply.maxBytes).toBe(payload)
    expect(bytes.length).toBeLessThanOrEqual(payload)
    expect(omitted.length).toBeGreaterThan(0)
  })
})

describe('towards a relay agent', () => {
  const relayed: ClientMessage = { giaddr: '198.51.100.1' }
  const circuit = [1, 4, 0x65, 0x74, 0x68, 0x31]
  const rows: readonly (readonly [string, ClientMessage, string, number | 'source', From?])[] = [
    ['the reply goes to giaddr and the server port', relayed, 'relay 198.51.100.1:67', 67],
    [
      'it goes to giaddr whatever flags and ciaddr say',
      { ...relayed, broadcast: true, ciaddr: '198.51.100.25' },
      'relay 198.51.100.1:67',
      67,
    ],
    ['it goes to the configured port', relayed, 'relay 198.51.100.1:6700', 6700],
    [
      'it goes to the port it came from when configured so',
      relayed,
      'relay 198.51.100.1:4000',
      'source',
      { sourcePort: 4000 },
    ],
    [
      'it goes to the port it came from when the relay asks for that',
      { ...relayed, options: [[82, [19, 0]]] },
      'relay 198.51.100.1:4000',
      67,
      { sourcePort: 4000 },
    ],
    [
      'it goes back over loopback to a relay on this machine',
      relayed,
      'relay 127.0.0.1:4000',
      'source',
      { sourcePort: 4000, source: '127.0.0.1' },
    ],
  ]
  for (const [title, message, to, relayPort, from] of rows) {
    test(title, () =>
      expect(new DeskScenario({}, { relayPort }).send(message, from)).toMatchObject({ outcome: 'offer', to }),
    )
  }

  test('option 82 comes back as it was, and not at all when it is malformed', () => {
    const whole = new DeskScenario().send({ ...relayed, options: [[82, circuit]] })
    expect(replyOption(whole, OPTION.relayAgentInformation)).toBe('010465746831')
    const broken = new DeskScenario().send({ ...relayed, options: [[82, [1, 9, 0x65]]] })
    expect(broken.outcome).toBe('offer')
    expect(replyOption(broken, OPTION.relayAgentInformation)).toBeUndefined()
  })

  test('the server goes by the name that the relay gives it', () => {
    const scenario = new DeskScenario()
    const named = { ...relayed, options: [[82, [11, 4, 10, 0, 0, 1]]] } as const
    const offer = scenario.send(named)
    expect(replyOption(offer, OPTION.serverIdentifier)).toBe('0a000001')
    const request = { ...named, type: 'REQUEST', server: '10.0.0.1', requested: offer.address } as const
    expect(scenario.send(request)).toMatchObject({ outcome: 'ack' })
    expect(scenario.send({ ...request, ...relayed, options: [] })).toMatchObject({ outcome: 'ignored_other_server' })
  })

  const ignored: readonly (readonly [string, ClientMessage, string])[] = [
    ['an unknown network', { giaddr: '10.0.0.1' }, 'ignored_no_subnet'],
    ['a loop of relays', { ...relayed, hops: 17 }, 'ignored_hops'],
    ['a multicast giaddr', { giaddr: '224.0.0.1' }, 'ignored_relay_address'],
    ['a broadcast giaddr', { giaddr: '255.255.255.255' }, 'ignored_relay_address'],
    ['a loopback giaddr', { giaddr: '127.0.0.1' }, 'ignored_relay_address'],
    ['a giaddr of our own', { giaddr: SERVER }, 'ignored_relay_address'],
    ['option 82 without a relay', { options: [[82, circuit]] }, 'ignored_untrusted_relay_option'],
    ['a reply', { op: 2 }, 'ignored_reply'],
    ['BOOTP', { type: null }, 'ignored_bootp'],
    ['a message of servers', { type: 'OFFER' }, 'ignored_type'],
    ['a message type nobody knows', { options: [[53, [18]]] }, 'ignored_type'],
    ['message type 0', { options: [[53, [0]]] }, 'ignored_type'],
    ['a client without any identity', { hlen: 0 }, 'ignored_no_identity'],
  ]
  for (const [title, message, outcome] of ignored) {
    test(`${title} gets no answer`, () => expect(new DeskScenario().send(message)).toMatchObject({ outcome, to: null }))
  }
})
