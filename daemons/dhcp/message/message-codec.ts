import { readUint16, readUint32, writeUint16, writeUint32 } from '../../wire/octets.ts'
import { CHADDR_BYTES, type Message } from './message.ts'
import { OPTION } from './option-code.ts'
import { encodedOptionLength, type Malformed, OptionCollector, type OptionFault, writeOption } from './options-codec.ts'

/** Why a datagram is no DHCP message; each is a counter of its own. */
export type MalformedReason =
  | OptionFault
  | 'short'
  | 'op'
  | 'hlen'
  | 'cookie'
  | 'overload'
  | 'option_length'
  | 'client_identifier'

/** What a datagram turned out to be. */
export type Decoded =
  | { readonly kind: 'message'; readonly message: Message }
  | ({ readonly kind: 'malformed' } & Malformed<MalformedReason>)

const SNAME_AT = 44
const FILE_AT = 108
const COOKIE_AT = 236
const OPTIONS_AT = 240
const COOKIE = 0x63825363
/** BOOTP receivers of old expect at least this much payload. */
const MINIMUM_BYTES = 300
/** One instance of the option: no client has a longer one, and it is kept for each client. */
const CLIENT_IDENTIFIER_MAX = 255

const FIXED_LENGTHS: readonly { readonly code: number; readonly length: number }[] = [
  { code: OPTION.messageType, length: 1 },
  { code: OPTION.requestedIpAddress, length: 4 },
  { code: OPTION.serverIdentifier, length: 4 },
  { code: OPTION.leaseTime, length: 4 },
  { code: OPTION.maximumMessageSize, length: 2 },
  { code: OPTION.subnetSelection, length: 4 },
]

/**
 * Decodes one DHCPv4 message as sent on the wire.
 *
 * @rfc 2131 section 2, figure 1; options per 2132, split options joined per 3396; 951 section 3 for BOOTP clients that
 *   leave the vendor area, and with it the cookie, zero
 * @param bytes one whole datagram; borrowed, the message points into it
 * @returns the message, or `malformed` with the offset of the first bad octet; never throws
 * @attack options that the server does not know are kept but never echoed; a client identifier joined over several
 *   instances (RFC 3396) would cost 3.6 KB for each made-up client
 */
export function decodeMessage(bytes: Uint8Array): Decoded {
  if (bytes.length < OPTIONS_AT) return malformed('short', bytes.length)
  const op = bytes[0] ?? 0
  if (op !== 1 && op !== 2) return malformed('op', 0)
  const hlen = bytes[2] ?? 0
  if (hlen > CHADDR_BYTES) return malformed('hlen', 2)
  const cookie = readUint32(bytes, COOKIE_AT)
  if (cookie !== COOKIE && !(cookie === 0 && bytes.length >= MINIMUM_BYTES)) return malformed('cookie', COOKIE_AT)

  const collector = new OptionCollector()
  let fault = cookie === 0 ? null : collector.read(bytes, OPTIONS_AT, bytes.length)
  if (fault !== null) return malformed(fault.reason, fault.offset)
  const overload = collector.get(OPTION.optionOverload)
  const areas = overload === undefined ? 0 : overload.length === 1 ? (overload[0] ?? 0) : 4
  if (overload !== undefined && (areas < 1 || areas > 3)) return malformed('overload', OPTIONS_AT)
  if (areas & 1) fault = collector.read(bytes, FILE_AT, COOKIE_AT)
  if (fault === null && areas & 2) fault = collector.read(bytes, SNAME_AT, FILE_AT)
  if (fault !== null) return malformed(fault.reason, fault.offset)

  const options = collector.joined()
  for (const { code, length } of FIXED_LENGTHS) {
    const value = options.get(code)
    if (value !== undefined && value.length !== length) return malformed('option_length', OPTIONS_AT)
  }
  const identifier = options.get(OPTION.clientIdentifier)
  if (identifier !== undefined && identifier.length > CLIENT_IDENTIFIER_MAX)
    return malformed('client_identifier', OPTIONS_AT)
  return {
    kind: 'message',
    message: {
      op,
      htype: bytes[1] ?? 0,
      hlen,
      hops: bytes[3] ?? 0,
      xid: readUint32(bytes, 4),
      secs: readUint16(bytes, 8),
      flags: readUint16(bytes, 10),
      ciaddr: readUint32(bytes, 12),
      yiaddr: readUint32(bytes, 16),
      siaddr: readUint32(bytes, 20),
      giaddr: readUint32(bytes, 24),
      chaddr: bytes.subarray(28, 28 + CHADDR_BYTES),
      sname: areas & 2 ? NOTHING : withoutTrailingZeros(bytes, SNAME_AT, FILE_AT),
      file: areas & 1 ? NOTHING : withoutTrailingZeros(bytes, FILE_AT, COOKIE_AT),
      options,
    },
  }
}

function malformed(reason: MalformedReason, offset: number): Decoded {
  return { kind: 'malformed', reason, offset }
}

function withoutTrailingZeros(bytes: Uint8Array, from: number, to: number): Uint8Array {
  let end = to
  while (end > from && bytes[end - 1] === 0) end--
  return end === from ? NOTHING : bytes.subarray(from, end)
}

const NOTHING = new Uint8Array(0)

/**
 * Encodes one message, its options in the order of the map and option 82 last. When they do not fit the options
 * area, those that come later move to the file and sname fields (option 52), and what fits nowhere is left out whole.
 *
 * @rfc 2131 section 4.1 (overload), 3396 (options over 255 octets), 3046 section 2.2 (option 82 last)
 * @param maxBytes most octets of UDP payload, at least 300
 * @param room is written to instead of fresh memory; at least `maxBytes` long
 * @returns the payload, padded to 300 octets, and the codes of the options that found no room
 */
export function encodeMessage(
  message: Message,
  maxBytes: number,
  room?: Uint8Array,
): { readonly bytes: Uint8Array; readonly omitted: readonly number[] } {
  let total = OPTIONS_AT + 1
  message.options.forEach((value, code) => {
    if (code !== OPTION.optionOverload) total += encodedOptionLength(value)
  })
  const size = Math.max(MINIMUM_BYTES, Math.min(total, maxBytes))
  const bytes = room === undefined ? new Uint8Array(size) : room.subarray(0, size).fill(0)
  writeFixedFields(bytes, message)
  const relay = message.options.get(OPTION.relayAgentInformation)
  const relayNeeds = relay === undefined ? 0 : encodedOptionLength(relay)
  const relayBytes = OPTIONS_AT + relayNeeds < maxBytes ? relayNeeds : 0
  // BOOTP clients, whose messages have no type, do not know option 52.
  const overloading = total > maxBytes && message.options.has(OPTION.messageType)
  const fileFree = overloading && message.file.length === 0
  const snameFree = overloading && message.sname.length === 0
  const end = overloading ? maxBytes - 4 - relayBytes : bytes.length - 1 - relayBytes
  let at = OPTIONS_AT
  let fileAt = FILE_AT
  let snameAt = SNAME_AT
  const omitted: number[] = []
  message.options.forEach((value, code) => {
    if (code === OPTION.relayAgentInformation || code === OPTION.optionOverload) return
    const length = encodedOptionLength(value)
    if (at + length <= end) at = writeOption(bytes, at, code, value)
    else if (fileFree && fileAt + length < COOKIE_AT) fileAt = writeOption(bytes, fileAt, code, value)
    else if (snameFree && snameAt + length < FILE_AT) snameAt = writeOption(bytes, snameAt, code, value)
    else omitted.push(code)
  })
  const used = (fileAt > FILE_AT ? 1 : 0) | (snameAt > SNAME_AT ? 2 : 0)
  if (used & 1) bytes[fileAt] = OPTION.end
  if (used & 2) bytes[snameAt] = OPTION.end
  if (used !== 0) at = writeOption(bytes, at, OPTION.optionOverload, Uint8Array.of(used))
  if (relay !== undefined && at + relayNeeds < bytes.length)
    at = writeOption(bytes, at, OPTION.relayAgentInformation, relay)
  else if (relay !== undefined) omitted.push(OPTION.relayAgentInformation)
  bytes[at] = OPTION.end
  return { bytes: bytes.subarray(0, Math.max(MINIMUM_BYTES, at + 1)), omitted }
}

function writeFixedFields(bytes: Uint8Array, message: Message): void {
  bytes[0] = message.op
  bytes[1] = message.htype
  bytes[2] = message.hlen
  bytes[3] = message.hops
  writeUint32(bytes, 4, message.xid)
  writeUint16(bytes, 8, message.secs)
  writeUint16(bytes, 10, message.flags)
  writeUint32(bytes, 12, message.ciaddr)
  writeUint32(bytes, 16, message.yiaddr)
  writeUint32(bytes, 20, message.siaddr)
  writeUint32(bytes, 24, message.giaddr)
  bytes.set(message.chaddr.subarray(0, CHADDR_BYTES), 28)
  bytes.set(message.sname.subarray(0, FILE_AT - SNAME_AT), SNAME_AT)
  bytes.set(message.file.subarray(0, COOKIE_AT - FILE_AT), FILE_AT)
  writeUint32(bytes, COOKIE_AT, COOKIE)
}
