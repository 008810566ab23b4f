import { readUint32 } from '../../wire/octets.ts'
import { makeMessage } from '../commands/made-message.ts'
import { encodeFrame } from '../message/frame.ts'
import { BROADCAST_FLAG } from '../message/message.ts'
import { encodeMessage } from '../message/message-codec.ts'
import { OPTION } from '../message/option-code.ts'

const TO_ALL = 0xffffffff
const LARGEST = 548

/**
 * Encodes a DISCOVER of a client that there is not, as a frame to all: whoever offers it an address is a DHCP server. The
 * broadcast bit has the offers come to all, us among them.
 *
 * @rfc 2131 section 4.4.1
 * @param hardware our 6 octets on that link
 * @param chance 10 octets: who the client is, and which offers are to it
 */
export function encodeSearchFrame(hardware: Uint8Array, chance: Uint8Array): Uint8Array {
  // Locally administered, so that it is no card of anybody.
  const made = Uint8Array.of(0x02, ...chance.subarray(0, 5))
  const wishes = Uint8Array.of(OPTION.subnetMask, OPTION.routers, OPTION.domainNameServers)
  const message = {
    ...makeMessage({
      type: 'DISCOVER',
      hardware: made,
      clientId: null,
      requested: null,
      giaddr: 0,
      options: [[OPTION.parameterRequestList, wishes]],
    }),
    xid: readUint32(chance, 6),
    flags: BROADCAST_FLAG,
  }
  return encodeFrame(encodeMessage(message, LARGEST).bytes, {
    sourceHardware: hardware,
    targetHardware: new Uint8Array(6).fill(0xff),
    source: 0,
    target: TO_ALL,
    sourcePort: 68,
    targetPort: 67,
  })
}
