import { randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { DgramAsPromised, TimeoutError } from 'dgram-as-promised'
import type { Clock } from '../../runtime/contract.ts'
import type { SourceSettings } from '../section.ts'
import { type Answer, encodeQuestion, readAnswer } from './exchange.ts'

/** An answer later than this says nothing about the time. */
const PATIENCE_MS = 2_000
/** Datagrams of others that a port may get before we stop listening. */
const STRANGE_MAX = 16

/** What one question came to: the answer, and the address that gave it. */
export interface Reply {
  readonly answer: Answer
  readonly address: string
}

/**
 * Asks a source once, from a port of its own that nobody can guess.
 *
 * @rfc 9109 section 3 (a random port for each question); 5905 section 9.2
 * @param poll log2 of the seconds between questions, told to the source; precision: ours, log2 seconds
 * @returns null when no answer came in time; throws when the name cannot be resolved or the network refuses
 */
export async function askSource(
  { address: host, port }: SourceSettings,
  poll: number,
  precision: number,
  clock: Clock,
): Promise<Reply | null> {
  const { address, family } = await lookup(host)
  // A name that is an address already needs no resolver, which would put the sending off to a later turn.
  const socket = DgramAsPromised.createSocket({
    type: family === 4 ? 'udp4' : 'udp6',
    lookup: (_host, _options, tell) => tell(null, address, family),
  })
  try {
    const nonce = randomBytes(8)
    const question = encodeQuestion(nonce, poll)
    await socket.bind()
    const endMs = clock.monotonicMs() + PATIENCE_MS
    let coming = socket.setTimeout(PATIENCE_MS).recv()
    coming.catch(() => undefined)
    const sentNs = clock.wallNs()
    await socket.send(question, 0, question.length, port, address)
    for (let strange = 0; strange < STRANGE_MAX; strange++) {
      const packet = await coming
      const receivedNs = clock.wallNs()
      if (packet === undefined) return null
      const isTheirs = packet.rinfo.port === port && sameHost(packet.rinfo.address, address)
      const answer = isTheirs ? readAnswer(packet.msg, nonce, { sentNs, receivedNs }, precision) : null
      if (answer !== null && answer.kind !== 'other') return { answer, address }
      const leftMs = Math.ceil(endMs - clock.monotonicMs())
      if (leftMs <= 0) return null
      coming = socket.setTimeout(leftMs).recv()
      coming.catch(() => undefined)
    }
    return null
  } catch (error) {
    if (error instanceof TimeoutError) return null
    throw error
  } finally {
    await socket.close()
  }
}

/** A link-local address comes back with its interface behind it. */
function sameHost(from: string, asked: string): boolean {
  return from.split('%')[0] === asked.split('%')[0]
}
