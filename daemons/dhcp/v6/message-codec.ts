import { joinBytes, readUint16, uint32Bytes } from '../../wire/octets.ts'
import { MESSAGE_TYPES, type MessageType, OPTION } from './codes.ts'
import { isDuid } from './duid.ts'
import { type Association, type AssociationKind, decodeAssociation } from './identity-association.ts'
import type { Message } from './message.ts'
import { decodeOptions, findOption, type Option } from './options-codec.ts'

/** Why a datagram cannot be read; each is a counter of its own. */
export type MalformedReason =
  | 'short'
  | 'type'
  | 'option_overrun'
  | 'option_length'
  | 'duplicate_option'
  | 'duid'
  | 'association'
  | 'hops'
  | 'relay_message'

/** Message type and transaction id. */
const HEADER_BYTES = 4

/**
 * Reads one message that is not a relay agent's.
 *
 * @rfc 8415 sections 8 and 16: options that may come once and come twice make the message invalid
 * @param bytes the message; borrowed, not kept
 * @returns the message, or why it cannot be read; never throws
 */
export function decodeMessage(bytes: Uint8Array): Message | MalformedReason {
  if (bytes.length < HEADER_BYTES) return 'short'
  const type = TYPE_NAMES.get(bytes[0] ?? 0)
  if (type === undefined) return 'type'
  const options = decodeOptions(bytes, HEADER_BYTES)
  if (options === null) return 'option_overrun'
  if (hasDuplicates(options, SINGLE)) return 'duplicate_option'
  const [clientId, serverId] = [findOption(options, OPTION.clientId), findOption(options, OPTION.serverId)]
  if ((clientId !== null && !isDuid(clientId)) || (serverId !== null && !isDuid(serverId))) return 'duid'
  const requested = findOption(options, OPTION.optionRequest)
  if (requested !== null && requested.length % 2 !== 0) return 'option_length'
  const associations = decodeAssociations(options)
  if (associations === null) return 'association'
  return {
    type,
    transactionId: ((bytes[1] ?? 0) << 16) | readUint16(bytes, 2),
    clientId,
    serverId,
    associations,
    requested: new Set(
      Array.from({ length: (requested?.length ?? 0) / 2 }, (_, at) => readUint16(requested ?? NONE, 2 * at)),
    ),
    rapidCommit: findOption(options, OPTION.rapidCommit) !== null,
    clientFqdn: findOption(options, OPTION.clientFqdn),
  }
}

/** Writes a message. @param options each already encoded */
export function encodeMessage(type: MessageType, transactionId: number, options: readonly Uint8Array[]): Uint8Array {
  return joinBytes([uint32Bytes(MESSAGE_TYPES[type] * 2 ** 24 + transactionId), ...options])
}

/** Whether one of these codes comes more than once. */
export function hasDuplicates(options: readonly Option[], codes: ReadonlySet<number>): boolean {
  const met = new Set<number>()
  return options.some(({ code }) => codes.has(code) && (met.has(code) || !met.add(code)))
}

/** Null when one is malformed, or two are of the same name. */
function decodeAssociations(options: readonly Option[]): readonly Association[] | null {
  const associations: Association[] = []
  const names = new Set<string>()
  for (const { code, value } of options) {
    const kind = ASSOCIATIONS.get(code)
    if (kind === undefined) continue
    const association = decodeAssociation(kind, value)
    if (association === null) return null
    const name = `${kind} ${association.iaid}`
    if (names.has(name)) return null
    names.add(name)
    associations.push(association)
  }
  return associations
}

const NONE = new Uint8Array(0)

const ASSOCIATIONS: ReadonlyMap<number, AssociationKind> = new Map([
  [OPTION.iaNa, 'iaNa'],
  [OPTION.iaTa, 'iaTa'],
  [OPTION.iaPd, 'iaPd'],
])

/** Those of which a second one says something else than the first. */
const SINGLE: ReadonlySet<number> = new Set([
  OPTION.clientId,
  OPTION.serverId,
  OPTION.optionRequest,
  OPTION.elapsedTime,
  OPTION.rapidCommit,
  OPTION.clientFqdn,
])

const TYPE_NAMES: ReadonlyMap<number, MessageType> = new Map(
  (Object.keys(MESSAGE_TYPES) as MessageType[]).map((name) => [MESSAGE_TYPES[name], name]),
)
