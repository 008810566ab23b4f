import { randomInt } from 'node:crypto'
import type { ListenUrl } from '../../daemons/wire/listen-url.ts'
import { askDatagram, type DatagramVerdict } from './ask-datagram.ts'
import { encodeQuestion6, type Question6, readRelayed, refusalOf6, transactionIdOf } from './dhcp6-question.ts'
import type { Probe, ProbeOptions } from './probe.ts'
import type { ProbeSubnet } from './probe-subnet.ts'

/**
 * Asks for an IPv6 address as a relay agent would, under a DUID that is the token: a SOLICIT, which holds nothing. Where no
 * addresses are given, or reserved ones alone, it asks for settings.
 *
 * @rfc 8415 sections 18.3.1 and 18.3.6
 */
export function probeDhcp6(options: ProbeOptions & ProbeSubnet & { readonly url: ListenUrl }): Probe {
  const { url, token, giaddr, wants, timeoutMs, now } = options
  const type = wants === 'address' ? 'SOLICIT' : 'INFORMATION-REQUEST'
  const uuid = Buffer.from(token, 'hex')
  return (signal) => {
    const transactionId = randomInt(2 ** 24)
    const bytes = encodeQuestion6({ type, transactionId, linkAddress: giaddr, uuid })
    const judge = (answer: Buffer): DatagramVerdict => judgeAnswer(answer, transactionId, type)
    return askDatagram({ url, bytes, timeoutMs, now, judge }, signal)
  }
}

function judgeAnswer(answer: Buffer, transactionId: number, type: Question6['type']): DatagramVerdict {
  const message = readRelayed(answer)
  if (message === null) return { error: `answer of ${answer.length} octets that is no DHCPv6 reply` }
  if (transactionIdOf(message) !== transactionId) return 'other'
  const refusal = refusalOf6(message, type)
  return refusal === null ? 'ok' : { error: refusal }
}
