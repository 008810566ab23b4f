import { describe, expect, test } from 'vitest'
import { decodeMessage } from '../../daemons/dhcp/message/message-codec.ts'
import { OPTION } from '../../daemons/dhcp/message/option-code.ts'
import { decodeRelayAgent } from '../../daemons/dhcp/message/relay-agent.ts'
import { parseMessage } from '../../daemons/syslog/parse/parse-message.ts'
import { TimeInference } from '../../daemons/syslog/parse/time-inference.ts'
import { AnswerBook } from '../../supervisor/drill/answer-book.ts'
import { openDatagramClient } from '../../supervisor/drill/datagram-client.ts'
import { DeadTime } from '../../supervisor/drill/dead-time.ts'
import { dhcpNumbers } from '../../supervisor/drill/dhcp-numbers.ts'
import { openHttpClient } from '../../supervisor/drill/http-client.ts'
import { drillMessage, openLogClient } from '../../supervisor/drill/log-client.ts'
import { ntpNumbers } from '../../supervisor/drill/ntp-numbers.ts'
import { reachable } from '../../supervisor/drill/open-client.ts'
import { changedMarks, droppedBy, readSocketMarks } from '../../supervisor/drill/socket-marks.ts'
import { probeTarget } from '../../supervisor/probes/probe-target.ts'
import { serviceReport, socketReport } from '../cli/reports.ts'
import { fakeTcp, fakeUdp } from '../probes/fake-server.ts'
import { openOnLoopback } from '../support/loopback.ts'

/** After the last answer; longer than a busy machine keeps this process from running, in which both sides live. */
const PATIENCE_MS = 1_000

/** The answer of a time server: the transmit timestamp comes back as the origin. */
function answerTime(question: Buffer): Buffer {
  const answer = Buffer.alloc(48)
  question.copy(answer, 24, 40, 48)
  return answer
}

describe('numbers on the wire', () => {
  test('ntpNumbers knows its own answers alone', () => {
    const protocol = ntpNumbers(7)
    const question = Buffer.from(protocol.encode(123_456))
    expect(question[0]).toBe(0x23)
    expect(protocol.decode(answerTime(question))).toBe(123_456)
    expect(ntpNumbers(8).decode(answerTime(question))).toBeNull()
    expect(protocol.decode(Buffer.alloc(47))).toBeNull()
  })

  test('dhcpNumbers asks as a relay that wants its answer at its own port', () => {
    const protocol = dhcpNumbers(2 ** 32 - 1, '10.77.0.1')
    const decoded = decodeMessage(protocol.encode(2))
    if (decoded.kind !== 'message') throw new Error('no message')
    const { message } = decoded
    expect(message).toMatchObject({ op: 1, xid: 1, giaddr: 0x0a4d0001 })
    expect(message.options.get(OPTION.messageType)).toEqual(Buffer.of(1))
    expect(decodeRelayAgent(message.options.get(82) ?? new Uint8Array())).toMatchObject({ relaySourcePort: true })
    const answer = Buffer.from(protocol.encode(2))
    answer[0] = 2
    expect(protocol.decode(answer)).toBe(2)
    expect(protocol.decode(Buffer.alloc(20))).toBeNull()
  })

  test('drillMessage is a message that the collector understands', () => {
    const context = { receiveMs: 0, inference: new TimeInference(() => 0), local: false, dialect: null }
    const message = parseMessage(drillMessage(5, 6).toString(), context)
    expect(message).toMatchObject({ format: 'rfc5424', app: 'lanward-drill', msg: '5 6', flags: [] })
  })
})

describe('AnswerBook', () => {
  test('is settled at once when all is answered, and counts no number twice or unasked', async () => {
    const book = new AnswerBook()
    expect([book.sent(), book.sent()]).toEqual([0, 1])
    for (const number of [0, 0, 1, 2]) book.answered(number)
    expect([...(await book.settle(60_000))]).toEqual([0, 1])
  })

  test('gives up when nothing more comes', async () => {
    const book = new AnswerBook()
    book.sent()
    expect((await book.settle(1)).size).toBe(0)
  })

  test('is settled by the last answer', async () => {
    const book = new AnswerBook()
    book.sent()
    const settled = book.settle(60_000)
    book.answered(0)
    expect((await settled).size).toBe(1)
  })
})

describe('a numbered client', () => {
  test('over UDP asks from as many addresses as it needs, and knows what was answered', async () => {
    let asked = 0
    await using server = await fakeUdp((question) => (asked++ === 2 ? [] : [answerTime(question)]))
    const sources: number[] = []
    const sourceOf = (index: number): string | null => {
      sources.push(index)
      return index < 2 ? `127.0.0.${index + 1}` : null
    }
    await using client = await openDatagramClient(probeTarget(server.url), ntpNumbers(9), {
      perSource: 2,
      wanted: 9,
      sourceOf,
    })
    expect(sources).toEqual([0, 1, 2])
    expect(client.budget).toBe(4)
    for (let sent = 0; sent < 4; sent++) client.send()
    expect((await client.settle(PATIENCE_MS)).size).toBe(3)
  })

  test('over TCP counts whole answers, not connections', async () => {
    let connections = 0
    await using server = await fakeTcp((connection) => {
      if (connections++ === 0) connection.destroy()
      else connection.once('data', () => connection.end('HTTP/1.1 503 X\r\ncontent-length: 2\r\n\r\nno'))
    })
    await using client = openHttpClient(probeTarget(server.url))
    for (let sent = 0; sent < 3; sent++) client.send()
    expect((await client.settle(PATIENCE_MS)).size).toBe(2)
  })

  test('of the log looks into the store until all is there, or nothing more comes', async () => {
    const sent: string[] = []
    await using server = await fakeUdp((message) => {
      sent.push(message.toString().split(' - - - ')[1] ?? '')
      return []
    })
    const readStored = async (): Promise<readonly string[]> => [...sent, '99 0', 'nonsense']
    await using client = openLogClient(probeTarget(server.url), 42, { wanted: 10, readStored })
    for (let count = 0; count < 3; count++) client.send()
    expect([...(await client.settle(5_000))].sort()).toEqual([0, 1, 2])
    await using deaf = openLogClient(probeTarget(server.url), 43, { wanted: 10, readStored: async () => [] })
    deaf.send()
    expect((await deaf.settle(1)).size).toBe(0)
  })
})

test('DeadTime tells apart what was sent before and after the death, and keeps within the budget', async () => {
  const book = new AnswerBook()
  const client = {
    budget: 4,
    send: () => void book.sent(),
    settle: () => book.settle(1),
    [Symbol.asyncDispose]: async () => undefined,
  }
  const time = new DeadTime(client, 0)
  time.send()
  time.send()
  time.dies()
  for (let sent = 0; sent < 5; sent++) time.send()
  for (const number of [0, 2]) book.answered(number)
  const before = serviceReport({ sockets: [socketReport({ dropped: 1 })] })
  const after = serviceReport({ sockets: [socketReport({ dropped: 2 })], counters: { stale: 5 } })
  expect(await time.count(before, async () => after)).toEqual({
    ...{ sentAlive: 2, answeredAlive: 1, sentDead: 2, answeredDead: 1, dropped: 1 },
    refused: { stale: 5, rate_limited: 0, denied: 0, rejected: 0 },
  })
})

describe('the sockets of a service', () => {
  test('are known by their number in the kernel', () => {
    using socket = openOnLoopback('udp://127.0.0.1:0')
    const text = `udp://127.0.0.1:${socket.port}`
    const marks = readSocketMarks({ listen: [text, 'packet://eth0', 'nonsense'] })
    expect([...marks.keys()]).toEqual([text])
    expect(marks.get(text)).toMatch(/^\d+$/)
    expect(changedMarks(marks, readSocketMarks({ listen: [text] }))).toEqual([])
    expect(changedMarks(marks, new Map())).toEqual([text])
  })

  test('are asked where this machine can: IPv4 first, never what is bound to an interface', () => {
    const listen = ['udp://0.0.0.0%eth1:67', 'udp://[::]:9', 'tcp://127.0.0.1:8', 'udp://0.0.0.0:9']
    expect(reachable({ listen }, 'udp')).toEqual({ host: '127.0.0.1', port: 9, family: 4 })
    expect(reachable({ listen: listen.slice(0, 2) }, 'udp')).toEqual({ host: '::1', port: 9, family: 6 })
    expect(reachable({ listen: listen.slice(0, 1) }, 'udp')).toBeNull()
  })

  test('lose in sum what each lost', () => {
    expect(
      droppedBy({
        sockets: [socketReport({ dropped: 2 }), socketReport({ dropped: null }), socketReport({ dropped: 3 })],
      }),
    ).toBe(5)
  })
})
