import { joinBytes, readUint16 } from '../../wire/octets.ts'
import { formatHex } from '../message/hex.ts'
import { addressBytes, readAddress } from './address.ts'
import { MESSAGE_TYPES, OPTION } from './codes.ts'
import type { Message, Relay } from './message.ts'
import { decodeMessage, hasDuplicates, type MalformedReason } from './message-codec.ts'
import { decodeOptions, encodeOption, findOption } from './options-codec.ts'

/** A datagram as read: the client's message and what relay agents put around it, the one nearest to us first. */
export type Decoded =
  | { readonly kind: 'message'; readonly message: Message; readonly relays: readonly Relay[] }
  | { readonly kind: 'malformed'; readonly reason: MalformedReason }

/** Message type, hop count, link address and peer address. */
const HEADER_BYTES = 34
/** A relay agent passes nothing on that passed this many; so many and one more can be around a message. */
const HOP_COUNT_LIMIT = 8
const ETHERNET = 1
const MAC_BYTES = 6

/**
 * Reads one datagram from outside in.
 *
 * @rfc 8415 sections 9 and 19.3; 6939 for the client's hardware address; 8357 for the source port
 * @param bytes the datagram; borrowed, not kept
 * @returns the message, or why it cannot be read; never throws
 * @attack relay messages nested without end: none is read beyond the limit of hops
 */
export function decodeDatagram(bytes: Uint8Array): Decoded {
  const relays: Relay[] = []
  let inner = bytes
  while (inner[0] === MESSAGE_TYPES['RELAY-FORW']) {
    if (inner.length < HEADER_BYTES) return malformed('short')
    const options = decodeOptions(inner, HEADER_BYTES)
    if (options === null) return malformed('option_overrun')
    if (hasDuplicates(options, SINGLE)) return malformed('duplicate_option')
    const hopCount = inner[1] ?? 0
    if (hopCount > HOP_COUNT_LIMIT || relays.length > HOP_COUNT_LIMIT) return malformed('hops')
    const relayed = findOption(options, OPTION.relayMessage)
    if (relayed === null) return malformed('relay_message')
    const sourcePort = findOption(options, OPTION.relaySourcePort)
    if (sourcePort !== null && sourcePort.length !== 2) return malformed('option_length')
    relays.push({
      hopCount,
      linkAddress: readAddress(inner, 2),
      peerAddress: readAddress(inner, 18),
      interfaceId: findOption(options, OPTION.interfaceId),
      remoteId: findOption(options, OPTION.remoteId),
      clientMac: readMac(findOption(options, OPTION.clientLinkLayerAddress)),
      sourcePort,
    })
    inner = relayed
  }
  const message = decodeMessage(inner)
  return typeof message === 'string' ? malformed(message) : { kind: 'message', message, relays }
}

/**
 * Puts around an answer what takes it back through the relay agents.
 *
 * @rfc 8415 section 19.3: each hop count, link and peer address as it came, the interface id too
 * @param relays as `decodeDatagram` told them
 */
export function wrapAnswer(answer: Uint8Array, relays: readonly Relay[]): Uint8Array {
  return relays.toReversed().reduce((inner, relay) => {
    const { hopCount, linkAddress, peerAddress, interfaceId, sourcePort } = relay
    return joinBytes([
      Uint8Array.of(MESSAGE_TYPES['RELAY-REPL'], hopCount),
      addressBytes(linkAddress),
      addressBytes(peerAddress),
      ...(interfaceId === null ? [] : [encodeOption(OPTION.interfaceId, interfaceId)]),
      ...(sourcePort === null ? [] : [encodeOption(OPTION.relaySourcePort, sourcePort)]),
      encodeOption(OPTION.relayMessage, inner),
    ])
  }, answer)
}

function malformed(reason: MalformedReason): Decoded {
  return { kind: 'malformed', reason }
}

/** Two octets of kind, then the address. */
function readMac(value: Uint8Array | null): string | null {
  if (value === null || value.length !== 2 + MAC_BYTES || readUint16(value, 0) !== ETHERNET) return null
  return formatHex(value.subarray(2), ':')
}

const SINGLE: ReadonlySet<number> = new Set([
  OPTION.relayMessage,
  OPTION.interfaceId,
  OPTION.remoteId,
  OPTION.clientLinkLayerAddress,
  OPTION.relaySourcePort,
])
