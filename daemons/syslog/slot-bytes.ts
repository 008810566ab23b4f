/**
 * Room per datagram: the longest message and the answer to a probe, and never more than the largest datagram. Not a multiple
 * of 4096: slots that begin at the same place of a page compete for the same few cache lines.
 *
 * @rfc 768 its length has 16 bits; 65,507 bytes are left behind the headers of IPv4
 */
export function slotBytesFor(maxMessageBytes: number): number {
  return Math.min(Math.max(Math.ceil(maxMessageBytes / 64) * 64, 2048), LARGEST_DATAGRAM) + PROBE_BYTES
}

const LARGEST_DATAGRAM = 65_507
const PROBE_BYTES = 320
