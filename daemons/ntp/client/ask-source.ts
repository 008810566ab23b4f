import { randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { DgramAsPromised, TimeoutError } from 'dgram-as-promised'
import type { Clock } from '../../runtime/contract.ts'
import type { Passage } from '../auth/source-guards.ts'
import { type Answer, encodeQuestion, type Question, readAnswer } from './exchange.ts'
import type { Interleaving } from './interleaving.ts'

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
 * @param interleaving what goes before; null = ask in the basic mode
 * @attack an answer that the guard does not let pass is no answer: we go on listening for the true one
 * @returns null when no answer came in time; throws when the name cannot be resolved or the network refuses
 */
export async function askSource(
  { host, port, guard }: Passage,
  poll: number,
  precision: number,
  clock: Clock,
  interleaving: Interleaving | null,
): Promise<Reply | null> {
  const { address, family } = await lookup(host)
  // Addresses need no resolver, which would put the sending off to a later turn. bind() asks here, too, for an address of ours.
  const socket = DgramAsPromised.createSocket({
    type: family === 4 ? 'udp4' : 'udp6',
    lookup: (numeric, _options, tell) => tell(null, numeric, family),
  })
  let unproved = false
  const silence = (): Reply | null =>
    unproved ? { answer: { kind: 'unusable', why: 'its answer is not authenticated' }, address } : null
  try {
    const exchange = interleaving?.next(address) ?? null
    const asked: Question = {
      nonce: randomBytes(8),
      back: exchange === null ? null : { nonce: randomBytes(8), exchange },
    }
    const plain = encodeQuestion(asked, poll)
    const question = guard === null ? plain : guard.seal(plain)
    await socket.bind()
    const endMs = clock.monotonicMs() + PATIENCE_MS
    let coming = socket.setTimeout(PATIENCE_MS).recv()
    coming.catch(() => undefined)
    const sentNs = clock.wallNs()
    await socket.send(question, 0, question.length, port, address)
    for (let strange = 0; strange < STRANGE_MAX; strange++) {
      const packet = await coming
      const journey = { sentNs, receivedNs: clock.wallNs(), receivedMs: clock.monotonicMs() }
      if (packet === undefined) return silence()
      const isTheirs = packet.rinfo.port === port && sameHost(packet.rinfo.address, address)
      const answer = isTheirs ? readAnswer(packet.msg, asked, journey, precision) : null
      if (answer !== null && answer.kind !== 'other') {
        if (guard === null || guard.isAuthentic(packet.msg)) return { answer, address }
        unproved = true
      }
      const leftMs = Math.ceil(endMs - clock.monotonicMs())
      if (leftMs <= 0) return silence()
      coming = socket.setTimeout(leftMs).recv()
      coming.catch(() => undefined)
    }
    return silence()
  } catch (error) {
    if (error instanceof TimeoutError) return silence()
    throw error
  } finally {
    await socket.close()
  }
}

/** A link-local address comes back with its interface behind it. */
function sameHost(from: string, asked: string): boolean {
  return from.split('%')[0] === asked.split('%')[0]
}
