import { readUint16, writeUint16, writeUint32 } from '../../wire/octets.ts'

const ETHERNET_BYTES = 14
const IPV4_BYTES = 20
const UDP_BYTES = 8
const UDP_PROTOCOL = 17

/** One UDP datagram with the addresses of every layer. */
export interface FrameAddresses {
  /** 6 octets each. */
  readonly sourceHardware: Uint8Array
  readonly targetHardware: Uint8Array
  readonly source: number
  readonly target: number
  readonly sourcePort: number
  readonly targetPort: number
}

/**
 * Encodes a UDP datagram as a whole Ethernet frame, for a client that cannot answer ARP yet. Both checksums are
 * complete: clients that read raw packets check them, and no network card is there to fill them in.
 *
 * @rfc 894; 791 section 3.1; 768
 * @param payload at most 1472 octets, so that the frame is never fragmented; copied
 */
export function encodeFrame(payload: Uint8Array, addresses: FrameAddresses): Uint8Array {
  const udpBytes = UDP_BYTES + payload.length
  const frame = new Uint8Array(ETHERNET_BYTES + IPV4_BYTES + udpBytes)
  frame.set(addresses.targetHardware.subarray(0, 6), 0)
  frame.set(addresses.sourceHardware.subarray(0, 6), 6)
  writeUint16(frame, 12, 0x0800)

  const ip = frame.subarray(ETHERNET_BYTES)
  ip[0] = 0x45
  ip[1] = 0x10
  writeUint16(ip, 2, IPV4_BYTES + udpBytes)
  ip[8] = 64
  ip[9] = UDP_PROTOCOL
  writeUint32(ip, 12, addresses.source)
  writeUint32(ip, 16, addresses.target)
  writeUint16(ip, 10, internetChecksum(ip.subarray(0, IPV4_BYTES), 0))

  const udp = ip.subarray(IPV4_BYTES)
  writeUint16(udp, 0, addresses.sourcePort)
  writeUint16(udp, 2, addresses.targetPort)
  writeUint16(udp, 4, udpBytes)
  udp.set(payload, UDP_BYTES)
  // The pseudo header is the two addresses, already in place, the protocol and the length.
  const checksum = internetChecksum(ip.subarray(12), UDP_PROTOCOL + udpBytes)
  writeUint16(udp, 6, checksum === 0 ? 0xffff : checksum)
  return frame
}

/**
 * The Internet checksum of bytes, an odd last octet padded with zero.
 *
 * @rfc 1071
 * @param start what is added beforehand
 */
export function internetChecksum(bytes: Uint8Array, start: number): number {
  let sum = start
  for (let at = 0; at < bytes.length; at += 2) sum += readUint16(bytes, at)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}
