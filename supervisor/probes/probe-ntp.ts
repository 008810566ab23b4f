import type { ListenUrl } from '../../daemons/wire/listen-url.ts'
import { askDatagram, type DatagramVerdict } from './ask-datagram.ts'
import type { Probe, ProbeOptions } from './probe.ts'

/**
 * Asks the time. The transmit timestamp is the first half of the token, by which the daemon knows us: the question is
 * always allowed, never limited and not in the list of clients.
 *
 * @rfc 5905 section 7.3
 */
export function probeNtp(options: ProbeOptions & { readonly url: ListenUrl }): Probe {
  const { url, timeoutMs, now } = options
  const nonce = Buffer.from(options.token, 'hex').subarray(0, 8)
  const bytes = Buffer.alloc(48)
  bytes[0] = (4 << 3) | 3
  nonce.copy(bytes, 40)
  const judge = (answer: Buffer): DatagramVerdict => judgeAnswer(answer, nonce)
  return (signal) => askDatagram({ url, bytes, timeoutMs, now, judge }, signal)
}

/** The origin timestamp tells whether it is our answer at all; the rest whether a client could use it. */
function judgeAnswer(answer: Buffer, nonce: Buffer): DatagramVerdict {
  if (answer.length < 48) return { error: `answer of ${answer.length} octets` }
  if (!answer.subarray(24, 32).equals(nonce)) return 'other'
  const mode = (answer[0] ?? 0) & 7
  if (mode !== 4) return { error: `answer in mode ${mode}` }
  const stratum = answer[1] ?? 0
  if (stratum > 15) return { error: `answer with stratum ${stratum}` }
  if (answer.readBigUInt64BE(40) === 0n) return { error: 'answer without a time' }
  return 'ok'
}
