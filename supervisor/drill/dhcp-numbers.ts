import { encodeQuestion, readReplyXid } from '../probes/dhcp-question.ts'
import type { NumberedProtocol } from './numbered-client.ts'

/**
 * Hardware addresses of those for documentation (RFC 7042 section 2.1.1), which no card has; one that is locally
 * administered would be in the class of made-up addresses, where there is one. The requests take turns with them, since
 * one card alone may not ask as often as a drill does.
 */
const DRILL_MACS = [0, 0, 0x5e, 0, 0x53] as const
/** One for all requests: they hold one address between them. */
const DRILL_CLIENT = Buffer.from('\0lanward drill')
const CLIENT_IDENTIFIER = 61
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
        mac: [...DRILL_MACS, number & 0xff],
        options: [
          [CLIENT_IDENTIFIER, DRILL_CLIENT],
          [RELAY_AGENT, RELAY_SOURCE_PORT],
        ],
      }),
    decode: (answer) => {
      const xid = readReplyXid(answer)
      return xid === null ? null : (xid - series) >>> 0
    },
  }
}
