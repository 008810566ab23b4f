import { addressBytes, parseIpv6 } from '../../../daemons/dhcp/v6/address.ts'
import { MESSAGE_TYPES, type MessageType, OPTION } from '../../../daemons/dhcp/v6/codes.ts'
import { encodeMessage } from '../../../daemons/dhcp/v6/message-codec.ts'
import { encodeOption } from '../../../daemons/dhcp/v6/options-codec.ts'
import { joinBytes, uint16Bytes, uint32Bytes } from '../../../daemons/wire/octets.ts'

/** A message of a client as tests write it. */
export interface ClientMessage {
  readonly type?: MessageType
  readonly transactionId?: number
  /** DUIDs in hex; null = not told. */
  readonly duid?: string | null
  readonly server?: string | null
  readonly associations?: readonly {
    readonly kind?: 'iaNa' | 'iaTa' | 'iaPd'
    readonly iaid: number
    readonly addresses?: readonly string[]
  }[]
  readonly requested?: readonly number[]
  readonly rapidCommit?: boolean
  readonly fqdn?: string
}

/** One relay agent as tests write it. */
export interface TestRelay {
  readonly hopCount?: number
  readonly link: string
  readonly peer?: string
  readonly interfaceId?: string
  readonly mac?: string
  readonly sourcePort?: number
}

/** DUID-LL of a client with a hardware address that ends in the number. */
export function duidLl(number: number): string {
  return `00030001525400000${number.toString(16).padStart(3, '0')}`
}

export function address(text: string): bigint {
  const read = parseIpv6(text)
  if (read === null) throw new Error(`no IPv6 address: ${text}`)
  return read
}

export function clientDatagram(message: ClientMessage): Uint8Array {
  const { type = 'SOLICIT', transactionId = 0x123456, duid = duidLl(1), server = null, associations = [] } = message
  return encodeMessage(type, transactionId, [
    ...(duid === null ? [] : [encodeOption(OPTION.clientId, hex(duid))]),
    ...(server === null ? [] : [encodeOption(OPTION.serverId, hex(server))]),
    ...associations.map(({ kind = 'iaNa', iaid, addresses = [] }) =>
      encodeOption(
        OPTION[kind],
        uint32Bytes(iaid),
        ...(kind === 'iaTa' ? [] : [new Uint8Array(8)]),
        ...addresses.map((text) => encodeOption(OPTION.iaAddress, addressBytes(address(text)), new Uint8Array(8))),
      ),
    ),
    ...(message.requested === undefined
      ? []
      : [encodeOption(OPTION.optionRequest, ...message.requested.map((code) => uint16Bytes(code)))]),
    ...(message.rapidCommit === true ? [encodeOption(OPTION.rapidCommit)] : []),
    ...(message.fqdn === undefined ? [] : [encodeOption(OPTION.clientFqdn, Uint8Array.of(1), labels(message.fqdn))]),
  ])
}

/** Puts relay agents around a datagram, the last of the list outermost. */
export function relayed(inner: Uint8Array, ...relays: readonly TestRelay[]): Uint8Array {
  return relays.reduce((bytes, relay, index) => {
    const { hopCount = index, link, peer = 'fe80::1', interfaceId, mac, sourcePort } = relay
    return joinBytes([
      Uint8Array.of(MESSAGE_TYPES['RELAY-FORW'], hopCount),
      addressBytes(address(link)),
      addressBytes(address(peer)),
      ...(interfaceId === undefined ? [] : [encodeOption(OPTION.interfaceId, Buffer.from(interfaceId))]),
      ...(mac === undefined ? [] : [encodeOption(OPTION.clientLinkLayerAddress, uint16Bytes(1), hex(mac))]),
      ...(sourcePort === undefined ? [] : [encodeOption(OPTION.relaySourcePort, uint16Bytes(sourcePort))]),
      encodeOption(OPTION.relayMessage, bytes),
    ])
  }, inner)
}

function labels(name: string): Uint8Array {
  return Uint8Array.from(name.split('.').flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')]))
}

function hex(digits: string): Uint8Array {
  return Buffer.from(digits.replaceAll(':', ''), 'hex')
}
