import { uint32Bytes } from '../../wire/octets.ts'
import { CHADDR_BYTES, type Message, type MessageType, messageTypeCode } from '../message/message.ts'
import { OPTION } from '../message/option-code.ts'

const ETHERNET = 1

/** What a made-up client says; null = it does not. */
export interface MadeMessage {
  readonly type: MessageType
  /** Up to 16 octets. */
  readonly hardware: Uint8Array
  readonly clientId: Uint8Array | null
  readonly requested: number | null
  readonly giaddr: number
  readonly options: readonly (readonly [code: number, value: Uint8Array])[]
}

/** Makes a message as a client would send it, for a decision that nobody waits for. */
export function makeMessage(made: MadeMessage): Message {
  const chaddr = new Uint8Array(CHADDR_BYTES)
  chaddr.set(made.hardware.subarray(0, CHADDR_BYTES))
  const options = new Map<number, Uint8Array>([[OPTION.messageType, Uint8Array.of(messageTypeCode(made.type))]])
  if (made.clientId !== null) options.set(OPTION.clientIdentifier, made.clientId)
  if (made.requested !== null) options.set(OPTION.requestedIpAddress, uint32Bytes(made.requested))
  for (const [code, value] of made.options) options.set(code, value)
  return {
    op: 1,
    htype: ETHERNET,
    hlen: Math.min(made.hardware.length, CHADDR_BYTES),
    hops: made.giaddr === 0 ? 0 : 1,
    xid: 0,
    secs: 0,
    flags: 0,
    ciaddr: 0,
    yiaddr: 0,
    siaddr: 0,
    giaddr: made.giaddr,
    chaddr,
    sname: new Uint8Array(0),
    file: new Uint8Array(0),
    options,
  }
}
