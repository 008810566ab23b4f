import { randomInt } from 'node:crypto'
import type { ListenUrl } from '../../daemons/wire/listen-url.ts'
import { askDatagram, type DatagramVerdict } from './ask-datagram.ts'
import { type DhcpQuestion, encodeQuestion, readReplyXid, refusalOf } from './dhcp-question.ts'
import type { Probe, ProbeOptions } from './probe.ts'
import type { ProbeSubnet } from './probe-subnet.ts'

/** Locally administered, so no real card has it. */
const PROBE_MAC = [2, 0, 0, 0, 0, 1]
const PROBE_TOKEN = 224

/**
 * Asks for an address as a relay agent would, with the token in option 224: the daemon decides as always but holds no
 * address for us, and answers to the port that we sent from. Where only reserved clients get one, it asks for settings.
 *
 * @rfc 2131 sections 4.3.1 and 4.3.5
 */
export function probeDhcp(options: ProbeOptions & ProbeSubnet & { readonly url: ListenUrl }): Probe {
  const { url, token, giaddr, wants, timeoutMs, now } = options
  const type = wants === 'address' ? 'DISCOVER' : 'INFORM'
  const mark = Buffer.from(token, 'hex')
  return (signal) => {
    const xid = randomInt(2 ** 32)
    const bytes = encodeQuestion({ type, xid, giaddr, mac: PROBE_MAC, options: [[PROBE_TOKEN, mark]] })
    return askDatagram({ url, bytes, timeoutMs, now, judge: (answer) => judgeAnswer(answer, xid, type) }, signal)
  }
}

function judgeAnswer(answer: Buffer, xid: number, type: DhcpQuestion['type']): DatagramVerdict {
  const answered = readReplyXid(answer)
  if (answered === null) return { error: `answer of ${answer.length} octets that is no DHCP reply` }
  if (answered !== xid) return 'other'
  const refusal = refusalOf(answer, type)
  return refusal === null ? 'ok' : { error: refusal }
}
