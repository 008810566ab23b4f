import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MESSAGE_TYPES, OPTION } from '../../../daemons/dhcp/v6/codes.ts'
import { decodeOptions, encodeOption, type Option } from '../../../daemons/dhcp/v6/options-codec.ts'
import { joinBytes } from '../../../daemons/wire/octets.ts'
import { type ClientMessage, clientDatagram, duidLl, relayed } from './client-message.ts'
import { DeskScenario6, SERVER } from './desk-scenario.ts'
import { sendBytes } from './send-bytes.ts'

const STATELESS = { mode: 'stateless', pools: [], reservations: [] } as const
const ASKED_FOR = [23, 24, 31, 32, 39, 56, 82, 83, 103]

/** RFC 8415 sections 21.8, 21.11, 21.12, 21.19 and 21.20: what a server without them never sends. */
const NEVER = [7, 11, 12, 19, 20]

describe('options are told to who asks for them, where there is something to tell (RFC 8415 section 21.7)', () => {
  test.each([
    ['a SOLICIT', {}, { associations: [{ iaid: 1 }], fqdn: 'desk' }, [23, 24, 31, 39, 56, 103]],
    ['a SOLICIT without a name', {}, { associations: [{ iaid: 1 }] }, [23, 24, 31, 56, 103]],
    ['a SOLICIT where no addresses are given', STATELESS, { associations: [{ iaid: 1 }] }, [23, 24, 31, 56, 82, 103]],
    ['an INFORMATION-REQUEST', {}, { type: 'INFORMATION-REQUEST' }, [23, 24, 31, 32, 56, 103]],
    [
      'an INFORMATION-REQUEST of a stateless link',
      STATELESS,
      { type: 'INFORMATION-REQUEST' },
      [23, 24, 31, 32, 56, 82, 103],
    ],
    ['a RENEW', {}, { type: 'RENEW', server: SERVER, associations: [{ iaid: 1 }] }, [23, 24, 31, 56, 103]],
    ['a CONFIRM', {}, { type: 'CONFIRM', associations: [{ iaid: 1, addresses: ['fd00:50::9'] }] }, []],
    ['a RELEASE', {}, { type: 'RELEASE', server: SERVER, associations: [{ iaid: 1, addresses: ['fd00:50::9'] }] }, []],
  ] as const)('%s', (_, changes, message, want) => {
    const seen = new DeskScenario6(changes).send({ ...message, requested: [...ASKED_FOR, ...NEVER, 4711] })
    const told = seen.options.map(({ code }) => code).filter((code) => ASKED_FOR.includes(code) || NEVER.includes(code))
    expect(told.toSorted((one, other) => one - other)).toEqual(want)
    const unasked = new DeskScenario6(changes).send(message)
    expect(unasked.options.filter(({ code }) => ASKED_FOR.includes(code))).toEqual([])
  })
})

describe('kinds of associations that are not given (RFC 8415 sections 21.5 and 21.21)', () => {
  const both = [
    { kind: 'iaTa', iaid: 1 },
    { kind: 'iaPd', iaid: 1 },
  ] as const
  test.each([
    ['SOLICIT', null, 'no_addresses', ['noAddrsAvail', 'noPrefixAvail']],
    ['REQUEST', SERVER, 'no_addresses', ['noAddrsAvail', 'noPrefixAvail']],
    ['RENEW', SERVER, 'no_addresses', ['noAddrsAvail', 'noPrefixAvail']],
    ['REBIND', null, 'ignored_unknown_binding', []],
    ['RELEASE', SERVER, 'no_binding', ['noBinding', 'noBinding']],
    ['DECLINE', SERVER, 'no_binding', ['noBinding', 'noBinding']],
  ] as const)('a %s', (type, server, outcome, statuses) => {
    const seen = new DeskScenario6().send({ type, server, associations: both })
    expect(seen).toMatchObject({ outcome, decision: { changes: [] } })
    expect(seen.associations.map(({ status }) => status)).toEqual(statuses)
    expect(seen.associations.every(({ t1, t2, addresses }) => t1 === 0 && t2 === 0 && addresses.length === 0)).toBe(
      true,
    )
  })
})

describe('several associations of one message are answered each by itself', () => {
  test('a RENEW of which one is on record, one is not and one has no address yet', () => {
    const scenario = new DeskScenario6()
    const held = scenario.lease(1, 1)
    const taken = scenario.lease(2)
    const associations = [{ iaid: 1, addresses: [held] }, { iaid: 2, addresses: [taken] }, { iaid: 3 }]
    const seen = scenario.send({ type: 'RENEW', duid: duidLl(1), server: SERVER, associations })
    expect(seen.associations).toMatchObject([
      { iaid: 1, status: null, addresses: [{ address: held, valid: 2000 }] },
      { iaid: 2, status: 'noBinding', addresses: [] },
      { iaid: 3, status: null, addresses: [{ valid: 2000 }] },
    ])
    expect(seen.decision.changes).toHaveLength(2)
  })

  test('a REBIND about one of ours and one of another server, of which nothing is said', () => {
    const scenario = new DeskScenario6()
    const held = scenario.lease(1, 1)
    const associations = [
      { iaid: 1, addresses: [held] },
      { iaid: 2, addresses: ['fd00:50::9'] },
    ]
    const seen = scenario.send({ type: 'REBIND', duid: duidLl(1), associations })
    expect(seen.associations).toMatchObject([{ iaid: 1, addresses: [{ address: held, valid: 2000 }] }])
  })

  test('a REQUEST about one of the link and one of another', () => {
    const associations = [
      { iaid: 1, addresses: ['fd00:50::1003'] },
      { iaid: 2, addresses: ['fd00:99::1'] },
    ]
    const seen = new DeskScenario6().send({ type: 'REQUEST', server: SERVER, associations })
    expect(seen.associations).toMatchObject([
      { iaid: 1, status: null, addresses: [{ address: 'fd00:50::1003' }] },
      { iaid: 2, status: 'notOnLink', addresses: [] },
    ])
  })

  test('a RELEASE of one of two, and a DECLINE of the other beside one that is unknown', () => {
    const scenario = new DeskScenario6()
    const [first, second] = [scenario.lease(1, 1), scenario.lease(1, 2)]
    const ours = { duid: duidLl(1), server: SERVER }
    const released = scenario.send({ ...ours, type: 'RELEASE', associations: [{ iaid: 1, addresses: [first] }] })
    expect(released).toMatchObject({ outcome: 'released', status: 'success', associations: [] })
    const associations = [
      { iaid: 1, addresses: [first] },
      { iaid: 2, addresses: [second] },
    ]
    const declined = scenario.send({ ...ours, type: 'DECLINE', associations })
    expect(declined).toMatchObject({ outcome: 'declined', status: 'success' })
    expect(declined.associations).toMatchObject([{ iaid: 1, status: 'noBinding' }])
  })

  test('a CONFIRM is one answer for all of them', () => {
    const confirm = (...addresses: string[]) =>
      new DeskScenario6().send({
        type: 'CONFIRM',
        associations: addresses.map((text, at) => ({ iaid: at, addresses: [text] })),
      })
    expect(confirm('fd00:50::1', 'fd00:50::2')).toMatchObject({ status: 'success', associations: [] })
    expect(confirm('fd00:50::1', 'fd00:51::2')).toMatchObject({ status: 'notOnLink', associations: [] })
  })
})

describe('what is not known is passed over (RFC 8415 section 16)', () => {
  const strange = encodeOption(4711, Buffer.from('strange'))
  const header = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, 4)

  test('among the options of a message, of an association and of a relay agent', () => {
    const plain = clientDatagram({ associations: [{ iaid: 1, addresses: ['fd00:51::12'] }], requested: [23] })
    const dressed = joinBytes([
      header(plain),
      strange,
      ...(decodeOptions(plain, 4) ?? []).map(({ code, value }) =>
        code === OPTION.iaNa ? encodeOption(code, value, strange) : encodeOption(code, value),
      ),
      strange,
    ])
    const behind = relayed(plain, { link: 'fd00:51::1' })
    const behindDressed = joinBytes([relayed(dressed, { link: 'fd00:51::1' }), strange])
    const answer = sendBytes(new DeskScenario6(), behind)
    expect(answer).not.toBe(null)
    expect(sendBytes(new DeskScenario6(), behindDressed)).toEqual(answer)
  })

  test('a type of message, inside of a relay agent as well', () => {
    const unknown = Uint8Array.of(35, ...clientDatagram({}).subarray(1))
    expect(sendBytes(new DeskScenario6(), unknown)).toBe(null)
    expect(sendBytes(new DeskScenario6(), relayed(unknown, { link: 'fd00:51::1' }))).toBe(null)
    const reply = Uint8Array.of(
      MESSAGE_TYPES['RELAY-REPL'],
      ...relayed(clientDatagram({}), { link: 'fd00:51::1' }).subarray(1),
    )
    expect(sendBytes(new DeskScenario6(), reply)).toBe(null)
  })
})

test.each([
  [9, true],
  [10, false],
])('a chain of %i relay agents is answered: %j (RFC 8415 section 7.6, HOP_COUNT_LIMIT)', (length, isAnswered) => {
  const chain = Array.from({ length }, (_, at) => ({ link: at === 0 ? 'fd00:51::1' : '::', interfaceId: `port ${at}` }))
  const answer = sendBytes(new DeskScenario6(), relayed(clientDatagram({ associations: [{ iaid: 1 }] }), ...chain))
  expect(answer !== null).toBe(isAnswered)
})

const anyMessage = fc.record({
  type: fc.constantFrom(
    'SOLICIT',
    'REQUEST',
    'CONFIRM',
    'RENEW',
    'REBIND',
    'RELEASE',
    'DECLINE',
    'INFORMATION-REQUEST',
  ),
  duid: fc.nat(3).map(duidLl),
  server: fc.constantFrom(null, SERVER),
  rapidCommit: fc.boolean(),
  requested: fc.array(fc.oneof(fc.constantFrom(...ASKED_FOR, ...NEVER), fc.nat(0xffff)), { maxLength: 20 }),
  associations: fc.uniqueArray(
    fc.record({
      kind: fc.constantFrom('iaNa', 'iaTa', 'iaPd'),
      iaid: fc.nat(2),
      addresses: fc.array(fc.constantFrom('fd00:50::1000', 'fd00:50::1001', 'fd00:50::2002', 'fd00:99::1'), {
        maxLength: 3,
      }),
    }),
    { selector: ({ kind, iaid }) => `${kind} ${iaid}`, maxLength: 4 },
  ),
} as const)

test('an answer has what RFC 8415 lets it have, whatever is asked', () => {
  const codesOf = (options: readonly Option[]): readonly number[] => options.map(({ code }) => code)
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 12 }), fc.boolean(), (messages, rapidCommit) => {
      const scenario = new DeskScenario6({ rapidCommit })
      for (const message of messages) {
        const seen = scenario.send(message as ClientMessage)
        if (seen.type === null) continue
        const codes = codesOf(seen.options)
        // Sections 18.3.9 and 18.3.10: who it is from and for, once each.
        for (const code of [OPTION.clientId, OPTION.serverId])
          expect(codes.filter((one) => one === code)).toHaveLength(1)
        expect(codes.filter((code) => NEVER.includes(code))).toEqual([])
        const isAsked = (code: number): boolean => (message.requested as readonly number[]).includes(code)
        expect(codes.filter((code) => ASKED_FOR.includes(code) && !isAsked(code))).toEqual([])
        if (seen.type === 'ADVERTISE') expect(message.type).toBe('SOLICIT')
        const rapid = seen.type === 'REPLY' && message.type === 'SOLICIT'
        expect(codes.includes(OPTION.rapidCommit)).toBe(rapid)
        if (rapid) expect(message.rapidCommit && rapidCommit).toBe(true)
        for (const { t1, t2, addresses } of seen.associations) {
          expect(t1).toBeLessThanOrEqual(t2)
          for (const { preferred, valid } of addresses) expect(preferred).toBeLessThanOrEqual(valid)
        }
        // Sections 18.3.1, 18.3.2 and 18.3.4: each association that is asked about comes back.
        if (['SOLICIT', 'REQUEST', 'RENEW'].includes(message.type))
          expect(seen.associations).toHaveLength(message.associations.length)
      }
    }),
  )
})
