import { describe, expect, test } from 'vitest'
import { encodeOption } from '../../daemons/dhcp/v6/options-codec.ts'
import { uint16Bytes } from '../../daemons/wire/octets.ts'
import { probeDhcp } from '../../supervisor/probes/probe-dhcp.ts'
import { probeDhcp6 } from '../../supervisor/probes/probe-dhcp6.ts'
import { isProbeDoor } from '../../supervisor/probes/probe-door.ts'
import { probeHttp } from '../../supervisor/probes/probe-http.ts'
import { probeNtp } from '../../supervisor/probes/probe-ntp.ts'
import { chooseProbeSubnet, chooseProbeSubnet6 } from '../../supervisor/probes/probe-subnet.ts'
import { probeSyslog } from '../../supervisor/probes/probe-syslog.ts'
import { probeTarget } from '../../supervisor/probes/probe-target.ts'
import { loopbackSection } from '../dhcp/fixture.ts'
import { attached6, relayed6 } from '../dhcp/v6/fixture.ts'
import { listenUrl } from '../support/loopback.ts'
import { fakeTcp, fakeUdp } from './fake-server.ts'

const token = '00112233445566778899aabbccddeeff'
const options = { token, timeoutMs: 2000, now: () => performance.now() }
const hasty = { ...options, timeoutMs: 40 }
const never = new AbortController().signal

const ntpAnswer = (question: Buffer): Buffer => {
  const answer = Buffer.alloc(48)
  answer[0] = 0x24
  answer[1] = 10
  question.copy(answer, 24, 40, 48)
  answer.writeUInt32BE(1, 40)
  return answer
}

const changed = (bytes: Buffer, at: number, value: number): Buffer => {
  const copy = Buffer.from(bytes)
  copy[at] = value
  return copy
}

describe('probeNtp', () => {
  test('asks with the first half of the token as transmit timestamp and accepts the answer to it', async () => {
    const questions: Buffer[] = []
    await using server = await fakeUdp((question) => {
      questions.push(question)
      return [ntpAnswer(question)]
    })
    const outcome = await probeNtp({ ...options, url: server.url })(never)
    expect(outcome.kind).toBe('ok')
    expect(questions[0]?.length).toBe(48)
    expect(questions[0]?.[0]).toBe(0x23)
    expect(questions[0]?.subarray(40).toString('hex')).toBe(token.slice(0, 16))
  })

  test('works over IPv6', async () => {
    await using server = await fakeUdp((question) => [ntpAnswer(question)], '::1')
    expect((await probeNtp({ ...options, url: server.url })(never)).kind).toBe('ok')
  })

  test('skips answers to other questions before the right one', async () => {
    await using server = await fakeUdp((question) => [changed(ntpAnswer(question), 24, 99), ntpAnswer(question)])
    expect(['ok', 'silent']).toContain((await probeNtp({ ...hasty, url: server.url })(never)).kind)
  })

  test.each([
    ['a short answer', (question: Buffer) => ntpAnswer(question).subarray(0, 40), /40 octets/],
    ['another mode', (question: Buffer) => changed(ntpAnswer(question), 0, 0x23), /mode 3/],
    ['an impossible stratum', (question: Buffer) => changed(ntpAnswer(question), 1, 16), /stratum 16/],
    ['no time', (question: Buffer) => changed(ntpAnswer(question), 43, 0), /without a time/],
  ])('calls a server sick that gives %s', async (_, reply, error) => {
    await using server = await fakeUdp((question) => [reply(question)])
    expect(await probeNtp({ ...options, url: server.url })(never)).toMatchObject({
      kind: 'sick',
      error: expect.stringMatching(error),
    })
  })

  test('calls a server silent that says nothing, and one whose port is closed', async () => {
    const server = await fakeUdp(() => [])
    expect(await probeNtp({ ...hasty, url: server.url })(never)).toEqual({
      kind: 'silent',
      error: 'no answer in 40 ms',
    })
    await server[Symbol.asyncDispose]()
    expect((await probeNtp({ ...hasty, url: server.url })(never)).kind).toBe('silent')
  })

  test('ends at once when it is stopped', async () => {
    await using server = await fakeUdp(() => [])
    const stop = new AbortController()
    const outcome = probeNtp({ ...options, timeoutMs: 60_000, url: server.url })(stop.signal)
    stop.abort()
    expect(await outcome).toEqual({ kind: 'silent', error: 'stopped' })
    expect(await probeNtp({ ...options, url: server.url })(stop.signal)).toEqual({ kind: 'silent', error: 'stopped' })
  })
})

describe('probeSyslog', () => {
  const stored = (question: Buffer): Record<string, unknown> => {
    const match = /\[probe@32473 token="([0-9a-f]+)" n="([0-9]+)"\]$/.exec(question.toString())
    return { app: 'lanward-probe', sd: { 'probe@32473': { token: match?.[1], n: match?.[2] } } }
  }

  test('accepts its own line as stored, with a new number each time', async () => {
    const questions: string[] = []
    await using server = await fakeUdp((question) => {
      questions.push(question.toString())
      return [Buffer.from(JSON.stringify(stored(question)))]
    })
    const probe = probeSyslog({ ...options, url: server.url })
    expect((await probe(never)).kind).toBe('ok')
    expect((await probe(never)).kind).toBe('ok')
    const first = Number(/n="([0-9]+)"/.exec(questions[0] ?? '')?.[1])
    const line = (n: number): string => `<46>1 - - lanward-probe - - [probe@32473 token="${token}" n="${n}"]`
    expect(questions).toEqual([line(first), line(first + 1)])
  })

  test.each([
    ['cannot write', '{"error":"no space left\\u001b"}', 'no space left?'],
    ['returns another line', '{"msg":"x"}', 'the stored line is not the one that was sent'],
    ['returns no JSON', '<46>1', 'the stored line is no JSON'],
    ['returns null', 'null', 'the stored line is not the one that was sent'],
  ])('calls a store sick that %s', async (_, reply, error) => {
    await using server = await fakeUdp(() => [Buffer.from(reply)])
    expect(await probeSyslog({ ...options, url: server.url })(never)).toMatchObject({ kind: 'sick', error })
  })

  test('does not take the line of an earlier question', async () => {
    await using server = await fakeUdp(() => [Buffer.from('{"sd":{"probe@32473":{"n":"77"}}}')])
    expect((await probeSyslog({ ...hasty, url: server.url })(never)).kind).toBe('silent')
  })
})

describe('probeDhcp', () => {
  const answer = (question: Buffer, type: number, yiaddr: number, rest: readonly number[] = []): Buffer => {
    const bytes = Buffer.from(question.subarray(0, 240))
    bytes[0] = 2
    bytes.writeUInt32BE(yiaddr, 16)
    return Buffer.concat([bytes, Buffer.from([0, 53, 1, type, ...rest, 255])])
  }
  const ask = (
    url: Parameters<typeof probeDhcp>[0]['url'],
    base = options,
    wants: 'address' | 'settings' = 'address',
  ): ReturnType<ReturnType<typeof probeDhcp>> => probeDhcp({ ...base, url, giaddr: '10.77.0.1', wants })(never)

  test('asks like a relay agent with the token in option 224 and accepts an offer', async () => {
    const questions: Buffer[] = []
    await using server = await fakeUdp((question) => {
      questions.push(question)
      return [answer(question, 2, 0x0a4d0102)]
    })
    expect((await ask(server.url)).kind).toBe('ok')
    const question = questions[0]?.toString('hex') ?? ''
    expect(question.slice(0, 8)).toBe('01010601')
    expect(question.slice(48, 56)).toBe('0a4d0001')
    expect(question.slice(56, 68)).toBe('020000000001')
    expect(question.slice(472, 480)).toBe('63825363')
    expect(question.slice(480, 486)).toBe('350101')
    expect(question).toContain(`e010${token}ff`)
  })

  test.each([
    ['refuses with a reason', 6, 0, [56, 4, 102, 117, 108, 108], 'no address: full'],
    ['acknowledges at once', 5, 1, [], 'answer of type 5 to a DISCOVER'],
    ['offers nothing', 2, 0, [], 'an offer without an address'],
  ])('calls a server sick that %s', async (_, type, yiaddr, rest, error) => {
    await using server = await fakeUdp((question) => [answer(question, type, yiaddr, rest)])
    expect(await ask(server.url)).toMatchObject({ kind: 'sick', error })
  })

  test('asks for settings alone where only reserved clients get an address', async () => {
    const questions: Buffer[] = []
    await using server = await fakeUdp((question) => {
      questions.push(question)
      return [answer(question, 5, 0)]
    })
    expect((await ask(server.url, options, 'settings')).kind).toBe('ok')
    expect(questions[0]?.toString('hex').slice(480, 486)).toBe('350108')
  })

  test.each([
    ['refuses them', 6, [56, 4, 102, 117, 108, 108], 'no settings: full'],
    ['offers an address instead', 2, [], 'answer of type 2 to an INFORM'],
  ])('calls a server sick that is asked for settings and %s', async (_, type, rest, error) => {
    await using server = await fakeUdp((question) => [answer(question, type, 1, rest)])
    expect(await ask(server.url, options, 'settings')).toMatchObject({ kind: 'sick', error })
  })

  test.each([
    ['too short', (question: Buffer) => question.subarray(0, 200)],
    ['an echo', (question: Buffer) => question],
    ['cut inside an option', (question: Buffer) => answer(question, 9, 1).subarray(0, 242)],
  ])('calls a server sick whose answer is %s', async (_, reply) => {
    await using server = await fakeUdp((question) => [reply(question)])
    expect((await ask(server.url)).kind).toBe('sick')
  })

  test('ignores the answer to another transaction', async () => {
    await using server = await fakeUdp((question) => [answer(changed(question, 4, (question[4] ?? 0) ^ 1), 2, 1)])
    expect((await ask(server.url, hasty)).kind).toBe('silent')
  })
})

test.each([
  ['the first subnet', [['10.77.0.0/16', 1]], '10.77.0.1', 'address'],
  [
    'the first that has a pool',
    [
      ['10.1.0.0/24', 0],
      ['192.168.50.128/25', 2],
    ],
    '192.168.50.129',
    'address',
  ],
  ['one without pools where there is no other', [['10.1.0.0/24', 0]], '10.1.0.1', 'settings'],
  ['a subnet of one host', [['10.1.0.7/32', 1]], '10.1.0.7', 'address'],
  ['a cable between two hosts', [['10.1.0.6/31', 1]], '10.1.0.6', 'address'],
] as const)('chooseProbeSubnet takes %s', (_title, subnets, giaddr, wants) => {
  const [first] = loopbackSection.subnets
  if (first === undefined) throw new Error('no subnet')
  const made = subnets.map(([subnet, pools]) => ({ ...first, subnet, pools: first.pools.slice(0, pools) }))
  expect(chooseProbeSubnet({ subnets: made })).toEqual({ giaddr, wants })
})

describe('probeDhcp6', () => {
  const status = (code: number, words: string): Uint8Array => encodeOption(13, uint16Bytes(code), Buffer.from(words))
  const association = (...options: Uint8Array[]): Uint8Array => encodeOption(3, new Uint8Array(12), ...options)
  const offered = association(encodeOption(5, new Uint8Array(24)))
  /** What a server sends back to a relay agent: of the question the addresses and the transaction id. */
  const answer = (question: Buffer, type: number, ...options: Uint8Array[]): Buffer => {
    const inner = Buffer.concat([Buffer.of(type), question.subarray(45, 48), ...options])
    return Buffer.concat([Buffer.of(13), question.subarray(1, 34), encodeOption(9, inner)])
  }
  const ask = (
    url: Parameters<typeof probeDhcp6>[0]['url'],
    base = options,
    wants: 'address' | 'settings' = 'address',
  ) => probeDhcp6({ ...base, url, giaddr: 'fd00:50::', wants })(never)

  test('asks like a relay agent that wants the answer at its port, under the token as DUID, and accepts an offer', async () => {
    const questions: Buffer[] = []
    await using server = await fakeUdp((question) => {
      questions.push(question)
      return [answer(question, 2, offered)]
    }, '::1')
    expect((await ask(server.url)).kind).toBe('ok')
    const question = questions[0]?.toString('hex') ?? ''
    expect(question.slice(0, 68)).toBe(`0c00fd000050${'0'.repeat(24)}${'0'.repeat(32)}`)
    expect(question.slice(68, 90)).toBe(`008700020000000900${'2a'}01`)
    expect(question.slice(96)).toBe(`000100120004${token}0003000c${'0'.repeat(24)}`)
  })

  test('asks for settings alone where no addresses are given', async () => {
    const questions: Buffer[] = []
    await using server = await fakeUdp((question) => {
      questions.push(question)
      return [answer(question, 7)]
    }, '::1')
    expect((await ask(server.url, options, 'settings')).kind).toBe('ok')
    expect(questions[0]?.[44]).toBe(11)
  })

  test.each([
    ['refuses with a reason', 7, [status(1, 'disk full\u001b')], 'no address: disk full?'],
    ['refuses without', 2, [status(5, '')], 'no address: status 5'],
    ['has no address left', 2, [association(status(2, 'none is free'))], 'no address: none is free'],
    ['offers nothing', 2, [association()], 'an offer without an address'],
    ['answers without the association', 2, [], 'an offer without an address'],
    ['commits at once', 7, [offered], 'answer of type 7 to a SOLICIT'],
  ])('calls a server sick that %s', async (_, type, rest, error) => {
    await using server = await fakeUdp((question) => [answer(question, type, ...rest)], '::1')
    expect(await ask(server.url)).toMatchObject({ kind: 'sick', error })
  })

  test.each([
    ['too short', (question: Buffer) => answer(question, 2).subarray(0, 41)],
    ['an echo', (question: Buffer) => question],
    ['empty', () => Buffer.alloc(0)],
  ])('calls a server sick whose answer is %s', async (_, reply) => {
    await using server = await fakeUdp((question) => [reply(question)], '::1')
    expect(await ask(server.url)).toMatchObject({ kind: 'sick', error: expect.stringContaining('no DHCPv6 reply') })
  })

  test('ignores the answer to another transaction', async () => {
    await using server = await fakeUdp(
      (question) => [answer(changed(question, 47, (question[47] ?? 0) ^ 1), 2, offered)],
      '::1',
    )
    expect((await ask(server.url, hasty)).kind).toBe('silent')
  })
})

test.each([
  ['none where none is served', [{ ...attached6, mode: 'slaac' }], null],
  ['the first that has a pool', [{ ...attached6, pools: [] }, relayed6], { giaddr: 'fd00:51::', wants: 'address' }],
  [
    'one without pools where there is no other',
    [{ ...attached6, pools: [] }],
    { giaddr: 'fd00:50::', wants: 'settings' },
  ],
] as const)('chooseProbeSubnet6 takes %s', (_title, subnets6, want) => {
  expect(chooseProbeSubnet6({ subnets6 })).toEqual(want)
})

test.each([
  ['udp://127.0.0.1:67', 'dhcp', '10.77.0.1', true],
  ['udp://[::1]:547', 'dhcp', '10.77.0.1', false],
  ['udp://[::1]:547', 'dhcp', 'fd00:50::', true],
  ['udp://127.0.0.1:67', 'dhcp', 'fd00:50::', false],
  ['udp://0.0.0.0%lan0:67', 'dhcp', '10.77.0.1', false],
  ['udp://[::1]:123', 'ntp', null, true],
  ['tcp://127.0.0.1:80', 'ntp', null, false],
  ['tcp://127.0.0.1:80', 'http', null, true],
] as const)('isProbeDoor of %s for %s through %s is %s', (url, protocol, giaddr, want) => {
  expect(isProbeDoor(listenUrl(url), { protocol, giaddr })).toBe(want)
})

describe('probeHttp', () => {
  test.each(['200 OK', '503 Service Unavailable'])('accepts the answer %s and shows the token', async (line) => {
    let asked = ''
    await using server = await fakeTcp((connection) =>
      connection.once('data', (bytes) => {
        asked = bytes.toString()
        connection.end(`HTTP/1.1 ${line}\r\nContent-Length: 2\r\n\r\nok`)
      }),
    )
    expect((await probeHttp({ ...options, url: server.url })(never)).kind).toBe('ok')
    expect(asked).toMatch(/^GET \/health HTTP\/1\.1\r\n/)
    expect(asked).toContain(`x-lanward-probe: ${token}\r\n`)
  })

  test('calls a server sick that talks something else', async () => {
    await using server = await fakeTcp((connection) => connection.end('220 smtp\r\n'))
    expect((await probeHttp({ ...options, url: server.url })(never)).kind).toBe('sick')
  })

  test('calls a server silent that accepts and says nothing, closes, or is not there', async () => {
    await using quiet = await fakeTcp(() => undefined)
    expect(await probeHttp({ ...hasty, url: quiet.url })(never)).toEqual({
      kind: 'silent',
      error: 'no answer in 40 ms',
    })
    await using rude = await fakeTcp((connection) => connection.destroy())
    expect((await probeHttp({ ...options, url: rude.url })(never)).kind).toBe('silent')
    const gone = await fakeTcp(() => undefined)
    await gone[Symbol.asyncDispose]()
    expect(await probeHttp({ ...options, url: gone.url })(never)).toMatchObject({
      kind: 'silent',
      error: expect.stringContaining('ECONNREFUSED'),
    })
  })
})

test.each([
  ['0.0.0.0', '127.0.0.1', 4],
  ['::', '::1', 6],
  ['192.0.2.1', '192.0.2.1', 4],
  ['fd00::1', 'fd00::1', 6],
] as const)('probeTarget asks a socket on %s at %s', (host, want, family) => {
  expect(probeTarget({ scheme: 'udp', host, device: null, port: 9 })).toEqual({ host: want, port: 9, family })
})
