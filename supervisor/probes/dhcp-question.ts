import { parseIpv4 } from '../../daemons/wire/address.ts'

/*
 * The little of DHCP that asking for an address takes. RFC 2131 figure 1: op 0, htype 1, hlen 2, hops 3, xid 4, secs 8,
 * flags 10, ciaddr 12, yiaddr 16, siaddr 20, giaddr 24, chaddr 28, sname 44, file 108, magic cookie 236, options 240.
 */
const XID = 4
const YIADDR = 16
const GIADDR = 24
const CHADDR = 28
const COOKIE = 236
const OPTIONS = 240
const MAGIC = 0x6382_5363

const MESSAGE_TYPE = 53
const MESSAGE = 56
const PAD = 0
const END = 255
const NAK = 6
/** Types of the question and of the answer to it. */
const TYPES = { DISCOVER: 1, OFFER: 2, INFORM: 8, ACK: 5 } as const

/** A question as a relay agent passes it on. */
export interface DhcpQuestion {
  /** For an address, or for settings alone. */
  readonly type: 'DISCOVER' | 'INFORM'
  readonly xid: number
  /** The relay's address, dotted quad. */
  readonly giaddr: string
  /** Six octets. */
  readonly mac: readonly number[]
  /** Code and value of further options, of at most 50 octets in all. */
  readonly options: readonly (readonly [code: number, value: Uint8Array])[]
}

/** @rfc 2131 section 4.1, table 5 */
export function encodeQuestion({ type, xid, giaddr, mac, options }: DhcpQuestion): Buffer {
  const bytes = Buffer.alloc(300)
  bytes.set([1, 1, 6, 1])
  bytes.writeUInt32BE(xid, XID)
  bytes.writeUInt32BE(parseIpv4(giaddr) ?? 0, GIADDR)
  bytes.set(mac, CHADDR)
  bytes.writeUInt32BE(MAGIC, COOKIE)
  const fields = options.flatMap(([code, value]) => [code, value.length, ...value])
  bytes.set([MESSAGE_TYPE, 1, TYPES[type], ...fields, END], OPTIONS)
  return bytes
}

/** The xid of a reply; null when it is none. */
export function readReplyXid(answer: Buffer): number | null {
  const isReply = answer.length >= OPTIONS && answer[0] === 2 && answer.readUInt32BE(COOKIE) === MAGIC
  return isReply ? answer.readUInt32BE(XID) : null
}

/**
 * Judges a reply.
 *
 * @param answer one for which `readReplyXid` gave a number
 * @returns null when it offers an address or gives settings, as asked for; else what is wrong
 */
export function refusalOf(answer: Buffer, asked: DhcpQuestion['type']): string | null {
  const type = findOption(answer, MESSAGE_TYPE)?.[0]
  if (type === NAK) {
    const reason = findOption(answer, MESSAGE)?.toString('utf8') ?? 'no reason given'
    return `${asked === 'DISCOVER' ? 'no address' : 'no settings'}: ${reason.replace(/\p{Cc}/gu, '?')}`
  }
  const wanted = asked === 'DISCOVER' ? TYPES.OFFER : TYPES.ACK
  if (type !== wanted) return `answer of type ${type ?? 'none'} to ${asked === 'DISCOVER' ? 'a' : 'an'} ${asked}`
  if (asked === 'INFORM') return null
  return answer.readUInt32BE(YIADDR) === 0 ? 'an offer without an address' : null
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
