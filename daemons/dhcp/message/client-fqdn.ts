import { decodeLabels, encodeLabels } from './domain-labels.ts'
import type { Message } from './message.ts'
import { OPTION } from './option-code.ts'

/** The server updates DNS for the name; the server overrode that wish; names have lengths; nobody updates. */
const FLAG_SERVER = 0x01
const FLAG_OVERRIDDEN = 0x02
const FLAG_ENCODED = 0x04
const FLAG_NO_UPDATE = 0x08
/** Flags and two octets that are no longer used. */
const HEADER_BYTES = 3
/** With its lengths and the root it takes two octets more. */
const NAME_MAX = 253

/**
 * Decodes the name in a client's option 81, which clients send instead of a host name. It is read like one.
 *
 * @rfc 4702 sections 2.1 and 2.3: labels with their lengths (the last may be missing its root), or plain text of old
 * @param bytes the joined value of the option; borrowed
 * @returns the name as text octets, null when there is none or it is malformed; never throws
 */
export function decodeClientFqdn(bytes: Uint8Array): Uint8Array | null {
  const name = bytes.subarray(HEADER_BYTES)
  if (name.length === 0) return null
  if (((bytes[0] ?? 0) & FLAG_ENCODED) === 0) return name
  return decodeLabels(name)
}

/**
 * Answers a client's option 81: its whole name as we know it, and that we update no DNS. The flags are ours, whatever
 * combination the client sent.
 *
 * @rfc 4702 sections 2.1 and 4: N set, S clear, O set when the client asked for S; both result codes 255
 * @param hostname what the client is called, null for nothing
 * @param domain option 15, put behind a name without one
 * @returns null when the client sent no such option, or one too short for its flags
 */
export function answerClientFqdn(
  message: Message,
  hostname: string | null,
  domain: Uint8Array | undefined,
): Uint8Array | null {
  const asked = message.options.get(OPTION.clientFqdn)
  if (asked === undefined || asked.length < HEADER_BYTES) return null
  const flags = asked[0] ?? 0
  const encoded = (flags & FLAG_ENCODED) !== 0
  const overridden = (flags & FLAG_SERVER) !== 0 && (flags & FLAG_NO_UPDATE) === 0
  const answer = FLAG_NO_UPDATE | (encoded ? FLAG_ENCODED : 0) | (overridden ? FLAG_OVERRIDDEN : 0)
  const name = hostname === null ? '' : wholeName(hostname, domain)
  const octets = encoded && name !== '' ? encodeLabels(name) : Buffer.from(name, 'latin1')
  return Uint8Array.from([answer, 255, 255, ...octets])
}

function wholeName(hostname: string, domain: Uint8Array | undefined): string {
  if (domain === undefined || hostname.includes('.')) return hostname
  const whole = `${hostname}.${Buffer.from(domain).toString('latin1')}`
  return whole.length > NAME_MAX ? hostname : whole
}
