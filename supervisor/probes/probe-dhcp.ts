import { randomInt } from 'node:crypto'
import type { ListenUrl } from '../../daemons/wire/listen-url.ts'
import { askDatagram, type DatagramVerdict } from './ask-datagram.ts'
import { encodeDiscover, readReplyXid, refusalOf } from './dhcp-question.ts'
import type { Probe, ProbeOptions } from './probe.ts'

/** Locally administered, so no real card has it. */
const PROBE_MAC = [2, 0, 0, 0, 0, 1]
const PROBE_TOKEN = 224

/**
 * Asks for an address as a relay agent would, with the token in option 224: the daemon decides as always but holds no
 * address for us, and answers to the port that we sent from.
 *
 * @rfc 2131 section 4.3.1
 * @param options.giaddr an address inside a served subnet
 */
export function probeDhcp(options: ProbeOptions & { readonly url: ListenUrl; readonly giaddr: string }): Probe {
  const { url, token, giaddr, timeoutMs, now } = options
  const mark = Buffer.from(token, 'hex')
  return (signal) => {
    const xid = randomInt(2 ** 32)
    const bytes = encodeDiscover({ xid, giaddr, mac: PROBE_MAC, options: [[PROBE_TOKEN, mark]] })
    return askDatagram({ url, bytes, timeoutMs, now, judge: (answer) => judgeAnswer(answer, xid) }, signal)
  }
}

function judgeAnswer(answer: Buffer, xid: number): DatagramVerdict {
  const answered = readReplyXid(answer)
  if (answered === null) return { error: `answer of ${answer.length} octets that is no DHCP reply` }
  if (answered !== xid) return 'other'
  const refusal = refusalOf(answer)
  return refusal === null ? 'ok' : { error: refusal }
}
