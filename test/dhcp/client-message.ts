import { BROADCAST_FLAG, type Message, type MessageType, messageTypeCode } from '../../daemons/dhcp/message/message.ts'
import { encodeMessage } from '../../daemons/dhcp/message/message-codec.ts'
import { OPTION } from '../../daemons/dhcp/message/option-code.ts'
import { parseIpv4 } from '../../daemons/wire/address.ts'
import { uint32Bytes } from '../../daemons/wire/octets.ts'

/** The parts of a client's message that tests vary; addresses as dotted quads. */
export interface ClientMessage {
  readonly type?: MessageType | null
  readonly mac?: string
  readonly htype?: number
  readonly hlen?: number
  readonly op?: number
  readonly hops?: number
  readonly xid?: number
  readonly broadcast?: boolean
  readonly ciaddr?: string
  readonly giaddr?: string
  readonly requested?: string
  readonly server?: string
  readonly leaseSeconds?: number
  readonly clientId?: readonly number[]
  readonly wishes?: readonly number[]
  readonly options?: readonly (readonly [number, readonly number[]])[]
}

/** An address as a number; a test that misspells one fails. */
export function ip(text: string): number {
  const address = parseIpv4(text)
  if (address === null) throw new Error(`no address: ${text}`)
  return address
}

/** Builds a message as a client or its relay sends it. */
export function clientMessage(parts: ClientMessage): Message {
  const options = new Map<number, Uint8Array>()
  const type = parts.type === undefined ? 'DISCOVER' : parts.type
  if (type !== null) options.set(OPTION.messageType, Uint8Array.of(messageTypeCode(type)))
  if (parts.clientId !== undefined) options.set(OPTION.clientIdentifier, Uint8Array.from(parts.clientId))
  if (parts.requested !== undefined) options.set(OPTION.requestedIpAddress, uint32Bytes(ip(parts.requested)))
  if (parts.server !== undefined) options.set(OPTION.serverIdentifier, uint32Bytes(ip(parts.server)))
  if (parts.leaseSeconds !== undefined) options.set(OPTION.leaseTime, uint32Bytes(parts.leaseSeconds))
  if (parts.wishes !== undefined) options.set(OPTION.parameterRequestList, Uint8Array.from(parts.wishes))
  for (const [code, value] of parts.options ?? []) options.set(code, Uint8Array.from(value))
  const chaddr = new Uint8Array(16)
  chaddr.set(Uint8Array.from((parts.mac ?? '52:54:00:00:00:01').split(':'), (digits) => Number.parseInt(digits, 16)))
  return {
    op: parts.op ?? 1,
    htype: parts.htype ?? 1,
    hlen: parts.hlen ?? 6,
    hops: parts.hops ?? 0,
    xid: parts.xid ?? 0x12345678,
    secs: 0,
    flags: parts.broadcast === true ? BROADCAST_FLAG : 0,
    ciaddr: ip(parts.ciaddr ?? '0.0.0.0'),
    yiaddr: 0,
    siaddr: 0,
    giaddr: ip(parts.giaddr ?? '0.0.0.0'),
    chaddr,
    sname: new Uint8Array(0),
    file: new Uint8Array(0),
    options,
  }
}

/** The same as bytes. */
export function clientDatagram(parts: ClientMessage): Uint8Array {
  return encodeMessage(clientMessage(parts), 1472).bytes
}
