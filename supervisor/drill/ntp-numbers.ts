import type { NumberedProtocol } from './numbered-client.ts'

const REQUEST_BYTES = 48
const ORIGIN = 24
const TRANSMIT = 40

/**
 * Numbers time requests by their transmit timestamp, which comes back as the origin timestamp.
 *
 * @rfc 5905 section 7.3
 * @param series first half of the timestamp, so that answers to another run are not taken for ours
 */
export function ntpNumbers(series: number): NumberedProtocol {
  return {
    encode: (number) => {
      const bytes = Buffer.alloc(REQUEST_BYTES)
      bytes[0] = (4 << 3) | 3
      bytes.writeUInt32BE(series, TRANSMIT)
      bytes.writeUInt32BE(number, TRANSMIT + 4)
      return bytes
    },
    decode: (answer) =>
      answer.length >= REQUEST_BYTES && answer.readUInt32BE(ORIGIN) === series ? answer.readUInt32BE(ORIGIN + 4) : null,
  }
}
