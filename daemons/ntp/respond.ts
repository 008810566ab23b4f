import { parsePrefix } from '../wire/address.ts'
import { readUint32 } from '../wire/octets.ts'
import { type AdmissionRules, admit } from './admission.ts'
import type { Authenticator } from './auth/authenticator.ts'
import type { ClientTable } from './client-table.ts'
import { REFERENCE_ID, REFERENCE_TIMESTAMP, STRATUM, TRANSMIT_TIMESTAMP } from './header.ts'
import type { Interleaver } from './interleaved/interleaver.ts'
import type { Outcome } from './outcome.ts'
import type { Random32 } from './random32.ts'
import { KISS, type ReplySource, writeReply } from './reply.ts'
import { classifyRequest, type RequestKind } from './request.ts'
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

/** Above it a clock is not synchronised. @rfc 5905 figure 11 */
const STRATUM_MAX = 15

/** The part of a server that the section decides. */
export function readRules(section: NtpSection): { readonly rules: AdmissionRules; readonly minPoll: number } {
  const allow = section.allow.flatMap((text) => parsePrefix(text) ?? [])
  const { rateLimit } = section
  const minPoll = rateLimit === null ? -128 : Math.min(17, Math.ceil(Math.log2(rateLimit.intervalMs / 1000)))
  return { rules: { allow, rateLimit }, minPoll }
}

/** Whether an outcome has a reply that waits for its transmit timestamp. */
export function isReply(outcome: Outcome): boolean {
  return outcome === 'answered' || outcome === 'kissed' || outcome === 'probes' || isNak(outcome)
}

function isNak(outcome: Outcome): boolean {
  return outcome === 'nts_stale_cookie' || outcome === 'nts_bad_cookie' || outcome === 'nts_bad_mac'
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
  if (!isRequest(kind)) return kind
  const isProbe = kind === 'client' && isProbeRequest(server, bytes, offset)
  const version = ((bytes[offset] ?? 0) >> 3) & 7
  const admission = isProbe
    ? 'admitted'
    : admit(server.rules, server.clients, server.random, peers, peerOffset, peerLength, version, now)
  if (admission !== 'admitted') server.clients.noteRefusal(admission)
  if (admission === 'denied' || admission === 'rate_limited') return admission
  let kiss: number = admission === 'kissed' ? KISS.rate : KISS.none
  let outcome: Outcome = isProbe ? 'probes' : admission === 'kissed' ? 'kissed' : 'answered'
  if (kind === 'signed' || kind === 'nts') {
    const refused = server.authenticator.open(kind, bytes, offset, length)
    if (refused === null) server.clients.noteProtection(kind === 'nts' ? 'nts' : 'key')
    else {
      server.clients.noteRefusal(refused)
      if (!isReply(refused)) return refused
      kiss = KISS.ntsNak
      outcome = refused
    }
  }
  if (!isProbe) server.clients.noteClock(clockError(bytes, offset, seconds, nanoseconds))
  server.clock.advance(seconds)
  if (!isProbe) noteReference(server, bytes, offset)
  if (kiss !== KISS.none) {
    writeReply(server, bytes, offset, kiss, seconds, nanoseconds)
    return outcome
  }
  server.interleaver.consider(bytes, offset)
  writeReply(server, bytes, offset, KISS.none, seconds, nanoseconds)
  server.interleaver.complete(bytes, offset)
  if (server.interleaver.mode === 'interleaved') server.clients.noteInterleaved()
  return outcome
}

function isRequest(kind: RequestKind): kind is Exclude<RequestKind, Outcome> {
  return kind === 'client' || kind === 'symmetric' || kind === 'signed' || kind === 'nts'
}

/** How far a request's transmit timestamp is ahead of its arrival; NaN when it is zero. @unit seconds */
function clockError(bytes: Uint8Array, offset: number, seconds: number, nanoseconds: number): number {
  const high = readUint32(bytes, offset + TRANSMIT_TIMESTAMP)
  const low = readUint32(bytes, offset + TRANSMIT_TIMESTAMP + 4)
  if (high === 0 && low === 0) return Number.NaN
  return ((high - ntpSeconds(seconds)) | 0) + low / 2 ** 32 - nanoseconds / 1e9
}

/** Most clients tell nobody whose time they have. What we tell ourselves cannot come from anybody but us. */
function noteReference({ clock, clients }: TimeServer, bytes: Uint8Array, offset: number): void {
  const id = readUint32(bytes, offset + REFERENCE_ID)
  const seconds = readUint32(bytes, offset + REFERENCE_TIMESTAMP)
  if (id === 0 && seconds === 0) return
  const claimed = bytes[offset + STRATUM] ?? 0
  const stratum = claimed > STRATUM_MAX ? 0 : claimed
  const isOurs =
    stratum > 0 && stratum === clock.stratum && id === clock.referenceId && seconds === clock.referenceSeconds
  clients.noteReference(stratum, id, seconds, isOurs)
}

function isProbeRequest(server: TimeServer, bytes: Uint8Array, offset: number): boolean {
  const { probe } = server
  return (
    probe !== null &&
    readUint32(bytes, offset + TRANSMIT_TIMESTAMP) === probe.high &&
    readUint32(bytes, offset + TRANSMIT_TIMESTAMP + 4) === probe.low
  )
}
