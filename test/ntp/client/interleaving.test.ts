import { describe, expect, test } from 'vitest'
import {
  type Answer,
  encodeQuestion,
  type Measurement,
  type Question,
  readAnswer,
} from '../../../daemons/ntp/client/exchange.ts'
import { Interleaving } from '../../../daemons/ntp/client/interleaving.ts'

const START_NS = 1_795_000_000_000_000_000n
const ADDRESS = '192.0.2.1'

function stamp(unixNs: bigint): bigint {
  return ((unixNs / 1_000_000_000n + 2_208_988_800n) << 32n) + ((unixNs % 1_000_000_000n) << 32n) / 1_000_000_000n
}

/** A server 0.5 s ahead and 5 ms away that knows the true departure of each of its answers, 300 µs after what it wrote into it. */
class Server {
  readonly #departures = new Map<bigint, bigint>()

  /** @param knows whether it has the interleaved mode; changes what it says */
  answer(bytes: Uint8Array, sentNs: bigint, knows: boolean, departureNs = 1_000_000n): Buffer {
    const question = Buffer.from(bytes)
    const receive = stamp(sentNs + 505_000_000n)
    const before = knows ? this.#departures.get(question.readBigUInt64BE(24)) : undefined
    this.#departures.set(receive, stamp(sentNs + 505_000_000n + departureNs))
    const answer = Buffer.alloc(48)
    answer.set([0x24, 2, 6, -20 & 0xff])
    answer.writeUInt32BE(1, 12)
    question.copy(answer, 24, before === undefined ? 40 : 32, before === undefined ? 48 : 40)
    answer.writeBigUInt64BE(receive, 32)
    answer.writeBigUInt64BE(before ?? stamp(sentNs + 505_700_000n), 40)
    return answer
  }
}

/** A client that asks every 64 s. */
class Client {
  readonly interleaving = new Interleaving()
  readonly server = new Server()
  questions = 0

  ask({ knows = true, lost = false, departureNs = 1_000_000n, address = ADDRESS } = {}): Answer | null {
    this.questions += 1
    const exchange = this.interleaving.next(address)
    const nonce = new Uint8Array(8).fill(this.questions)
    const question: Question = {
      nonce,
      back: exchange === null ? null : { nonce: new Uint8Array(8).fill(128 + this.questions), exchange },
    }
    const sentNs = START_NS + BigInt(this.questions) * 64_000_000_000n
    const bytes = this.server.answer(encodeQuestion(question, 6), sentNs, knows, departureNs)
    if (lost) return null
    const journey = { sentNs, receivedNs: sentNs + 11_000_000n, receivedMs: this.questions * 64_000 + 11 }
    const read = readAnswer(bytes, question, journey, -20)
    this.interleaving.settle(read)
    return read
  }

  measure(how: Parameters<Client['ask']>[0] = {}): Measurement {
    const answer = this.ask(how)
    if (answer?.kind !== 'measurement') throw new Error(JSON.stringify(answer))
    return answer.measurement
  }
}

describe('the interleaved mode', () => {
  test('begins with a basic question, and measures by the true departure of the answer before', () => {
    const client = new Client()
    const first = client.measure()
    expect(first.interleavedMs).toBeNull()
    expect(first.offset).toBeCloseTo(0.49985, 6)
    for (let times = 0; times < 3; times++) {
      const next = client.measure()
      expect(next.interleavedMs).toBe(64_000)
      expect(next.offset).toBeCloseTo(0.5, 6)
      expect(next.delay).toBeCloseTo(0.01, 6)
    }
  })

  test('falls back to the basic mode with a server that does not know it or has forgotten, and returns', () => {
    const client = new Client()
    const modes = [true, false, false, true].map((knows) => client.measure({ knows }).interleavedMs)
    expect(modes).toEqual([null, null, null, 64_000])
  })

  test('goes back over lost answers to the last one that came, and begins anew when too many are lost', () => {
    const client = new Client()
    client.measure()
    client.ask({ lost: true })
    const later = client.measure()
    expect(later.interleavedMs).toBe(128_000)
    expect(later.offset).toBeCloseTo(0.5, 6)
    for (let times = 0; times < 4; times++) client.ask({ lost: true })
    expect(client.measure().interleavedMs).toBeNull()
  })

  test('believes no departure that is of another answer, and asks plainly after it', () => {
    const client = new Client()
    client.measure({ departureNs: 5_000_000_000n })
    expect(client.ask()).toEqual({ kind: 'unusable', why: 'it tells when another answer left' })
    expect(client.measure().interleavedMs).toBeNull()
    client.measure({ departureNs: -1n })
    expect(client.ask()).toEqual({ kind: 'unusable', why: 'it answered before it was asked' })
    expect(client.measure().interleavedMs).toBeNull()
  })

  test('asks another server, of the same name, in the basic mode', () => {
    const client = new Client()
    client.measure()
    expect(client.measure({ address: '192.0.2.2' }).interleavedMs).toBeNull()
  })

  test('asks in the basic mode after the clock was set', () => {
    const client = new Client()
    client.measure()
    client.interleaving.forget()
    expect(client.measure().interleavedMs).toBeNull()
    expect(client.measure().interleavedMs).toBe(64_000)
  })

  test('takes the answer to an earlier question for nothing', () => {
    const exchange = { sentNs: START_NS, receivedNs: START_NS, receivedMs: 0, receiveTimestamp: stamp(START_NS) }
    const question = (first: number): Question => ({
      nonce: new Uint8Array(8).fill(first),
      back: { nonce: new Uint8Array(8).fill(first + 1), exchange },
    })
    const server = new Server()
    const before = server.answer(encodeQuestion(question(1), 6), START_NS, true)
    const journey = { sentNs: START_NS, receivedNs: START_NS + 11_000_000n, receivedMs: 11 }
    expect(readAnswer(before, question(3), journey, -20)).toEqual({ kind: 'other' })
  })
})
