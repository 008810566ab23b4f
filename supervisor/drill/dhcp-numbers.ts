import { encodeQuestion, readReplyXid } from '../probes/dhcp-question.ts'
import type { NumberedProtocol } from './numbered-client.ts'

/** Locally administered, so no real card has it. One for all requests: they hold one address between them. */
const DRILL_MAC = [2, 0, 0, 0, 0, 2]
const RELAY_AGENT = 82
/** Sub-option: answer to the port that this came from. */
const RELAY_SOURCE_PORT = Uint8Array.of(19, 0)

/**
 * Numbers requests for an address by their xid.
 *
 * @rfc 2131 section 4.3.1; 8357 section 4
 * @param series xid of the first one
 * @param giaddr an address inside a served subnet
 */
export function dhcpNumbers(series: number, giaddr: string): NumberedProtocol {
  return {
    encode: (number) =>
      encodeQuestion({
        type: 'DISCOVER',
        xid: (series + number) >>> 0,
        giaddr,
        mac: DRILL_MAC,
        options: [[RELAY_AGENT, RELAY_SOURCE_PORT]],
      }),
    decode: (answer) => {
      const xid = readReplyXid(answer)
      return xid === null ? null : (xid - series) >>> 0
    },
  }
}
