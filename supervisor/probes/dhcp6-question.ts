import { parseAddress } from '../../daemons/wire/address.ts'

/*
 * The little of DHCPv6 that asking takes. RFC 8415 section 9: a relay agent's message has its type at 0, hops 1, link address 2,
 * peer address 18, options 34; section 8: the one in it has its type at 0, transaction id 1, options 4.
 */
const RELAY_OPTIONS = 34
const OPTIONS = 4
const RELAY_FORW = 12
const RELAY_REPL = 13
const OPTION = { clientId: 1, iaNa: 3, iaAddress: 5, relayMessage: 9, statusCode: 13, relaySourcePort: 135 } as const
const TYPES = { SOLICIT: 1, ADVERTISE: 2, REPLY: 7, 'INFORMATION-REQUEST': 11 } as const
const DUID_UUID = 4
/** IAID, T1 and T2. */
const IA_HEADER_BYTES = 12

/** A question as a relay agent passes it on. */
export interface Question6 {
  /** For an address, or for settings alone. */
  readonly type: 'SOLICIT' | 'INFORMATION-REQUEST'
  /** 24 bits. */
  readonly transactionId: number
  /** An address of the link that is asked for. */
  readonly linkAddress: string
  /** 16 octets, of which the DUID is made. */
  readonly uuid: Uint8Array
}

/** @rfc 8415 sections 8, 9 and 11.5; 8357: the answer comes to the port that is sent from */
export function encodeQuestion6({ type, transactionId, linkAddress, uuid }: Question6): Buffer {
  const header = Buffer.alloc(OPTIONS)
  header.writeUInt32BE(TYPES[type] * 2 ** 24 + transactionId)
  const inner = Buffer.concat([
    header,
    encodeOption(OPTION.clientId, Buffer.of(0, DUID_UUID, ...uuid)),
    ...(type === 'SOLICIT' ? [encodeOption(OPTION.iaNa, Buffer.alloc(IA_HEADER_BYTES))] : []),
  ])
  const relay = Buffer.alloc(RELAY_OPTIONS)
  relay[0] = RELAY_FORW
  relay.set(parseAddress(linkAddress) ?? [], 2)
  return Buffer.concat([
    relay,
    encodeOption(OPTION.relaySourcePort, Buffer.alloc(2)),
    encodeOption(OPTION.relayMessage, inner),
  ])
}

/** The message that an answer takes back to the client; null when it is no such answer. */
export function readRelayed(answer: Buffer): Buffer | null {
  if (answer[0] !== RELAY_REPL) return null
  const relayed = findOption(answer, RELAY_OPTIONS, OPTION.relayMessage)
  return relayed !== null && relayed.length >= OPTIONS ? relayed : null
}

/** The transaction id of a message. */
export function transactionIdOf(message: Buffer): number {
  return message.readUIntBE(1, 3)
}

/**
 * Judges the message of an answer.
 *
 * @param message one from `readRelayed`
 * @returns null when it offers an address or gives settings, as asked for; else what is wrong
 */
export function refusalOf6(message: Buffer, asked: Question6['type']): string | null {
  const what = asked === 'SOLICIT' ? 'address' : 'settings'
  const refused = refusalIn(message, OPTIONS, what)
  if (refused !== null) return refused
  const wanted = asked === 'SOLICIT' ? TYPES.ADVERTISE : TYPES.REPLY
  if (message[0] !== wanted) return `answer of type ${message[0]} to ${asked === 'SOLICIT' ? 'a' : 'an'} ${asked}`
  if (asked !== 'SOLICIT') return null
  const association = findOption(message, OPTIONS, OPTION.iaNa) ?? Buffer.alloc(0)
  const isOffered = findOption(association, IA_HEADER_BYTES, OPTION.iaAddress) !== null
  return refusalIn(association, IA_HEADER_BYTES, what) ?? (isOffered ? null : 'an offer without an address')
}

/** What a status says that is not success: its code, then words. @rfc 8415 section 21.13 */
function refusalIn(bytes: Buffer, start: number, what: string): string | null {
  const status = findOption(bytes, start, OPTION.statusCode)
  if (status === null || status.length < 2 || status.readUInt16BE() === 0) return null
  const reason = status.subarray(2).toString('utf8') || `status ${status.readUInt16BE()}`
  return `no ${what}: ${reason.replace(/\p{Cc}/gu, '?')}`
}

function encodeOption(code: number, value: Buffer): Buffer {
  const header = Buffer.alloc(4)
  header.writeUInt16BE(code)
  header.writeUInt16BE(value.length, 2)
  return Buffer.concat([header, value])
}

function findOption(bytes: Buffer, start: number, code: number): Buffer | null {
  for (let at = start; at + 4 <= bytes.length; at += 4 + bytes.readUInt16BE(at + 2))
    if (bytes.readUInt16BE(at) === code) return bytes.subarray(at + 4, at + 4 + bytes.readUInt16BE(at + 2))
  return null
}
