import { readUint16, readUint32 } from '../../wire/octets.ts'
import { OPTION } from './option-code.ts'

/**
 * One DHCPv4 message, fields named as in the RFC. Addresses are unsigned 32-bit numbers, 0 when absent.
 *
 * @rfc 2131 section 2, figure 1
 * @unit secs: seconds since the client began
 */
export interface Message {
  /** 1 = BOOTREQUEST, 2 = BOOTREPLY. */
  readonly op: number
  readonly htype: number
  readonly hlen: number
  readonly hops: number
  readonly xid: number
  readonly secs: number
  readonly flags: number
  readonly ciaddr: number
  readonly yiaddr: number
  readonly siaddr: number
  readonly giaddr: number
  /** All 16 octets of the field; the first `hlen` are the hardware address. */
  readonly chaddr: Uint8Array
  /** Without trailing zeros; empty when the field carries options. */
  readonly sname: Uint8Array
  readonly file: Uint8Array
  /** By code, in the order first met; instances of one code are joined. */
  readonly options: ReadonlyMap<number, Uint8Array>
}

/** @rfc 2132 section 9.6 */
export type MessageType = 'DISCOVER' | 'OFFER' | 'REQUEST' | 'DECLINE' | 'ACK' | 'NAK' | 'RELEASE' | 'INFORM'

const TYPES: readonly MessageType[] = ['DISCOVER', 'OFFER', 'REQUEST', 'DECLINE', 'ACK', 'NAK', 'RELEASE', 'INFORM']

/** The client wants the reply by broadcast since it cannot take unicast yet. */
export const BROADCAST_FLAG = 0x8000

/** The longest hardware address that fits the chaddr field. */
export const CHADDR_BYTES = 16

/** The message type, `null` for plain BOOTP (no option 53), `unknown` for a type of another protocol extension. */
export function messageType(message: Message): MessageType | 'unknown' | null {
  const code = message.options.get(OPTION.messageType)?.[0]
  if (code === undefined) return null
  return TYPES[code - 1] ?? 'unknown'
}

/** The number of a message type as option 53 carries it. */
export function messageTypeCode(type: MessageType): number {
  return TYPES.indexOf(type) + 1
}

/** The first `hlen` octets of chaddr; empty for a client that is known by its client identifier alone. */
export function hardwareAddress(message: Message): Uint8Array {
  return message.chaddr.subarray(0, message.hlen)
}

/** An option of 2 or 4 octets as a number (an address, a time, a size); null when absent or of another length. */
export function numberOption(message: Message, code: number): number | null {
  const bytes = message.options.get(code)
  if (bytes?.length === 4) return readUint32(bytes, 0)
  if (bytes?.length === 2) return readUint16(bytes, 0)
  return null
}
