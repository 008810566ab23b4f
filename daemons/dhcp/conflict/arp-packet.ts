import { readUint16, readUint32, writeUint16, writeUint32 } from '../../wire/octets.ts'

const FRAME_BYTES = 42
const ARP = 0x0806
const ETHERNET = 1
const IPV4 = 0x0800
const REQUEST = 1
const REPLY = 2

/** What an ARP packet says about who has which address. */
export interface ArpPacket {
  readonly isReply: boolean
  /** 6 octets; points into the frame. */
  readonly senderHardware: Uint8Array
  /** 0 = the sender only asks whether somebody has the target. */
  readonly sender: number
  readonly target: number
}

/**
 * Encodes the question whether anybody on the link has an address, as a whole Ethernet frame to all. It comes from the
 * address 0.0.0.0, so that no cache learns anything from it.
 *
 * @rfc 826; 5227 section 2.1.1
 * @param hardware our 6 octets on that link
 */
export function encodeArpProbe(target: number, hardware: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_BYTES)
  frame.fill(0xff, 0, 6)
  frame.set(hardware.subarray(0, 6), 6)
  writeUint16(frame, 12, ARP)
  writeUint16(frame, 14, ETHERNET)
  writeUint16(frame, 16, IPV4)
  frame[18] = 6
  frame[19] = 4
  writeUint16(frame, 20, REQUEST)
  frame.set(hardware.subarray(0, 6), 22)
  writeUint32(frame, 38, target)
  return frame
}

/**
 * Decodes an ARP packet for IPv4 over Ethernet.
 *
 * @rfc 826
 * @param frame a whole Ethernet frame; borrowed
 * @returns null for anything else; never throws
 */
export function decodeArpPacket(frame: Uint8Array): ArpPacket | null {
  if (frame.length < FRAME_BYTES || readUint16(frame, 12) !== ARP) return null
  if (readUint16(frame, 14) !== ETHERNET || readUint16(frame, 16) !== IPV4 || frame[18] !== 6 || frame[19] !== 4)
    return null
  const operation = readUint16(frame, 20)
  if (operation !== REQUEST && operation !== REPLY) return null
  return {
    isReply: operation === REPLY,
    senderHardware: frame.subarray(22, 28),
    sender: readUint32(frame, 28),
    target: readUint32(frame, 38),
  }
}
