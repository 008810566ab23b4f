import { parsePrefix } from '../wire/address.ts'
import { type AdmissionRules, admit } from './admission.ts'
import type { Authenticator } from './auth/authenticator.ts'
import type { ClientTable } from './client-table.ts'
import { readUint32, TRANSMIT_TIMESTAMP } from './header.ts'
import type { Interleaver } from './interleaved/interleaver.ts'
import type { Outcome } from './outcome.ts'
import type { Random32 } from './random32.ts'
import { type ReplySource, writeReply } from './reply.ts'
import { classifyRequest } from './request.ts'
import type { NtpSection } from './section.ts'
import type { ServedClock } from './served-clock.ts'
import { ntpSeconds } from './timestamp.ts'

/** All that an answer depends on besides the datagram itself. */
export interface TimeServer extends ReplySource {
  readonly clock: ServedClock
  readonly random: Random32
  readonly clients: ClientTable
  readonly authenticator: Authenticator
  readonly interleaver: Interleaver
  readonly rules: AdmissionRules
  readonly minPoll: number
  /** The transmit timestamp of the supervisor's own questions; null when nobody probes. */
  readonly probe: { readonly high: number; readonly low: number } | null
}

/** The part of a server that the section decides. */
export function readRules(section: NtpSection): { readonly rules: AdmissionRules; readonly minPoll: number } {
  const allow = section.allow.flatMap((text) => parsePrefix(text) ?? [])
  const { rateLimit } = section
  const minPoll = rateLimit === null ? -128 : Math.min(17, Math.ceil(Math.log2(rateLimit.intervalMs / 1000)))
  return { rules: { allow, rateLimit }, minPoll }
}

/** Whether an outcome has a reply that waits for its transmit timestamp. */
export function isReply(outcome: Outcome): boolean {
  return outcome === 'answered' || outcome === 'kissed' || outcome === 'probes'
}

/**
 * Decides on one datagram and, where it gets a reply (`isReply`), turns its first 48 octets into that reply, all but
 * the transmit timestamp, the protection that is left with `server.authenticator` and the mode left with `server.interleaver`. Makes no object, string or big
 * number, unless the request is signed; never throws.
 *
 * @rfc 5905 section 9.2, figure 21: the packet variables of a reply
 * @param bytes holds the datagram from `offset`, any `length`
 * @param peers holds the sender's address from `peerOffset`, 4 or 16 octets as `peerLength` says
 * @unit seconds since 1970 and nanoseconds: when the kernel took it in; now: monotonic milliseconds
 */
export function respond(
  server: TimeServer,
  bytes: Uint8Array,
  offset: number,
  length: number,
  peers: Uint8Array,
  peerOffset: number,
  peerLength: 4 | 16,
  peerPort: number,
  seconds: number,
  nanoseconds: number,
  now: number,
): Outcome {
  const kind = classifyRequest(bytes, offset, length, peerPort)
  if (kind !== 'client' && kind !== 'symmetric' && kind !== 'signed') return kind
  const isProbe = kind === 'client' && isProbeRequest(server, bytes, offset)
  const version = ((bytes[offset] ?? 0) >> 3) & 7
  const admission = isProbe
    ? 'admitted'
    : admit(server.rules, server.clients, server.random, peers, peerOffset, peerLength, version, now)
  if (admission !== 'admitted') server.clients.noteRefusal(admission)
  if (admission === 'denied' || admission === 'rate_limited') return admission
  if (kind === 'signed') {
    const refused = server.authenticator.openMac(bytes, offset, length)
    if (refused !== null) {
      server.clients.noteRefusal(refused)
      return refused
    }
    server.clients.noteProtection('key')
  }
  if (!isProbe) server.clients.noteClock(clockError(bytes, offset, seconds, nanoseconds))
  server.clock.advance(seconds)
  if (admission === 'kissed') {
    writeReply(server, bytes, offset, true, seconds, nanoseconds)
    return 'kissed'
  }
  server.interleaver.consider(bytes, offset)
  writeReply(server, bytes, offset, false, seconds, nanoseconds)
  server.interleaver.complete(bytes, offset)
  return isProbe ? 'probes' : 'answered'
}

/** How far a request's transmit timestamp is ahead of its arrival; NaN when it is zero. @unit seconds */
function clockError(bytes: Uint8Array, offset: number, seconds: number, nanoseconds: number): number {
  const high = readUint32(bytes, offset + TRANSMIT_TIMESTAMP)
  const low = readUint32(bytes, offset + TRANSMIT_TIMESTAMP + 4)
  if (high === 0 && low === 0) return Number.NaN
  return ((high - ntpSeconds(seconds)) | 0) + low / 2 ** 32 - nanoseconds / 1e9
}

function isProbeRequest(server: TimeServer, bytes: Uint8Array, offset: number): boolean {
  const { probe } = server
  return (
    probe !== null &&
    readUint32(bytes, offset + TRANSMIT_TIMESTAMP) === probe.high &&
    readUint32(bytes, offset + TRANSMIT_TIMESTAMP + 4) === probe.low
  )
}
