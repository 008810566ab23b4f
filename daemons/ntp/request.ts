import { readTrailer } from './extension-fields.ts'
import { HEADER_BYTES, MODE } from './header.ts'
import type { Outcome } from './outcome.ts'

/** The port of NTP; a peer that sends from it speaks a mode, so mode 0 from there is not version 1 of the protocol. */
const NTP_PORT = 123

/** A time request by who asks, `signed` and `nts` whoever proves that in one way or the other, or the outcome of what is none. */
export type RequestKind =
  | 'client'
  | 'symmetric'
  | 'signed'
  | 'nts'
  | Extract<Outcome, 'length' | 'fields' | 'version' | 'mode'>

/**
 * Tells a time request from everything else that reaches the port.
 *
 * @rfc 5905 section 9.2 (modes), RFC 1059 (version 1 has no mode: it is 0)
 * @param bytes holds the datagram from `offset`; any length; borrowed
 * @attack modes 2, 4 and 5 are answers and modes 6 and 7 ask for more than they send: silence to all of them makes both
 *   endless echo between two servers and amplification impossible
 */
export function classifyRequest(bytes: Uint8Array, offset: number, length: number, sourcePort: number): RequestKind {
  if (length < 1) return 'length'
  const first = bytes[offset] ?? 0
  const version = (first >> 3) & 7
  const mode = first & 7
  const asks =
    mode === MODE.client || mode === MODE.active || (mode === MODE.reserved && version === 1 && sourcePort !== NTP_PORT)
  if (!asks) return 'mode'
  if (version < 1 || version > 4) return 'version'
  if (length < HEADER_BYTES) return 'length'
  const trailer = readTrailer(bytes, offset, length, version)
  if (trailer === 'malformed') return (length - HEADER_BYTES) % 4 === 0 ? 'fields' : 'length'
  // Network time security knows only clients and servers (RFC 8915 section 1.1).
  if (trailer === 'nts') return mode === MODE.client ? 'nts' : 'fields'
  if (trailer === 'mac') return 'signed'
  return mode === MODE.active ? 'symmetric' : 'client'
}
