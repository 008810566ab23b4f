import { readUint16 } from '../../wire/octets.ts'
import type { Message } from '../message/message.ts'
import { decodeMessage } from '../message/message-codec.ts'

const ETHERNET_BYTES = 14
const UDP_BYTES = 8
const IPV4 = 0x0800
const UDP = 17
const SERVER_PORT = 67
const CLIENT_PORT = 68

/**
 * Decodes the DHCP message in a frame from a server to a client. Checksums are not looked at: a card may not have filled
 * them in yet.
 *
 * @rfc 894; 791 section 3.1; 768; 2131 section 4.1 for the ports
 * @param frame a whole Ethernet frame; borrowed, the message points into it
 * @returns null for anything else; never throws
 */
export function decodeServerFrame(frame: Uint8Array): Message | null {
  if (readUint16(frame, 12) !== IPV4) return null
  const ip = frame.subarray(ETHERNET_BYTES)
  const headerBytes = ((ip[0] ?? 0) & 0x0f) * 4
  const isFragment = (readUint16(ip, 6) & 0x3fff) !== 0
  if ((ip[0] ?? 0) >>> 4 !== 4 || headerBytes < 20 || ip[9] !== UDP || isFragment) return null
  const udp = ip.subarray(headerBytes)
  if (udp.length < UDP_BYTES || readUint16(udp, 0) !== SERVER_PORT || readUint16(udp, 2) !== CLIENT_PORT) return null
  const length = readUint16(udp, 4)
  if (length < UDP_BYTES || length > udp.length) return null
  const decoded = decodeMessage(udp.subarray(UDP_BYTES, length))
  return decoded.kind === 'message' && decoded.message.op === 2 ? decoded.message : null
}
