/**
 * Room per datagram: the longest message and the answer to a probe, over UDP never more than the largest datagram. Not a
 * multiple of 4096: slots that begin at the same place of a page compete for the same few cache lines.
 *
 * @rfc 768 its length has 16 bits; over IPv6 65,527 bytes are left behind its header
 */
export function slotBytesFor(maxMessageBytes: number, scheme: 'udp' | 'unix'): number {
  const message = Math.max(Math.ceil(maxMessageBytes / 64) * 64, 2048)
  return (scheme === 'udp' ? Math.min(message, LARGEST_OVER_UDP) : message) + PROBE_BYTES
}

const LARGEST_OVER_UDP = 65_527
const PROBE_BYTES = 320
