import { randomInt } from 'node:crypto'
import { parseIpv4 } from '../../daemons/wire/address.ts'
import type { ListenUrl } from '../../daemons/wire/listen-url.ts'
import { askDatagram, type DatagramVerdict } from './ask-datagram.ts'
import type { Probe, ProbeOptions } from './probe.ts'

/*
 * RFC 2131 figure 1: op 0, htype 1, hlen 2, hops 3, xid 4, secs 8, flags 10, ciaddr 12, yiaddr 16, siaddr 20, giaddr 24,
 * chaddr 28, sname 44, file 108, magic cookie 236, options 240.
 */
const XID = 4
const YIADDR = 16
const GIADDR = 24
const CHADDR = 28
const COOKIE = 236
const OPTIONS = 240
const MAGIC = 0x6382_5363

/** Locally administered, so no real card has it. */
const PROBE_MAC = [2, 0, 0, 0, 0, 1]

const MESSAGE_TYPE = 53
const MESSAGE = 56
const PROBE_TOKEN = 224
const PAD = 0
const END = 255
const DISCOVER = 1
const OFFER = 2
const NAK = 6

/**
 * Asks for an address as a relay agent would, with the token in option 224: the daemon decides as always but holds no
 * address for us, and answers to the port that we sent from.
 *
 * @rfc 2131 section 4.3.1
 * @param options.giaddr an address inside a served subnet
 */
export function probeDhcp(options: ProbeOptions & { readonly url: ListenUrl; readonly giaddr: string }): Probe {
  const { url, token, giaddr, timeoutMs, now } = options
  return (signal) => {
    const xid = randomInt(2 ** 32)
    const bytes = encodeDiscover(xid, giaddr, token)
    return askDatagram({ url, bytes, timeoutMs, now, judge: (answer) => judgeAnswer(answer, xid) }, signal)
  }
}

function encodeDiscover(xid: number, giaddr: string, token: string): Buffer {
  const bytes = Buffer.alloc(300)
  bytes.set([1, 1, 6, 1])
  bytes.writeUInt32BE(xid, XID)
  bytes.writeUInt32BE(parseIpv4(giaddr) ?? 0, GIADDR)
  bytes.set(PROBE_MAC, CHADDR)
  bytes.writeUInt32BE(MAGIC, COOKIE)
  const mark = Buffer.from(token, 'hex')
  bytes.set([MESSAGE_TYPE, 1, DISCOVER, PROBE_TOKEN, mark.length, ...mark, END], OPTIONS)
  return bytes
}

function judgeAnswer(answer: Buffer, xid: number): DatagramVerdict {
  if (answer.length < OPTIONS || answer[0] !== 2 || answer.readUInt32BE(COOKIE) !== MAGIC)
    return { error: `answer of ${answer.length} octets that is no DHCP reply` }
  if (answer.readUInt32BE(XID) !== xid) return 'other'
  const type = findOption(answer, MESSAGE_TYPE)?.[0]
  if (type === NAK) {
    const reason = findOption(answer, MESSAGE)?.toString('utf8') ?? 'no reason given'
    return { error: `no address: ${reason.replace(/\p{Cc}/gu, '?')}` }
  }
  if (type !== OFFER) return { error: `answer of type ${type ?? 'none'} to a DISCOVER` }
  return answer.readUInt32BE(YIADDR) === 0 ? { error: 'an offer without an address' } : 'ok'
}

function findOption(answer: Buffer, code: number): Buffer | null {
  let at = OPTIONS
  while (at + 1 < answer.length && answer[at] !== END) {
    if (answer[at] === PAD) {
      at += 1
      continue
    }
    const length = answer[at + 1] ?? 0
    if (answer[at] === code) return answer.subarray(at + 2, at + 2 + length)
    at += 2 + length
  }
  return null
}
