import { OfferCache } from '../leases/offer-cache.ts'
import { parseHex } from '../message/hex.ts'
import { OPTION } from '../message/option-code.ts'
import type { DhcpBoot, DhcpSettings } from '../section.ts'

/** What a client gets, all levels of the configuration laid over each other once. */
export interface Profile {
  /** By code, in wire form. */
  readonly options: ReadonlyMap<number, Uint8Array>
  /** Options whose value is the address of this server. */
  readonly self: ReadonlySet<number>
  /** Options that go also to clients that do not ask for them. */
  readonly always: readonly number[]
  readonly leaseSeconds: number
  readonly minLeaseSeconds: number
  readonly maxLeaseSeconds: number
  /** Highest level first. */
  readonly boots: readonly DhcpBoot[]
  readonly offers: OfferCache
}

/** The level below all others, which says how long a lease is. */
export type GroundSettings = DhcpSettings & Pick<Profile, 'leaseSeconds' | 'minLeaseSeconds' | 'maxLeaseSeconds'>

/**
 * Lays settings over each other: an option, a time or a file of a higher level hides that of a lower one.
 *
 * @param levels highest first
 * @throws Error when an option value is no hex: the section was not checked
 */
export function layOver(levels: readonly DhcpSettings[], ground: GroundSettings): Profile {
  const options = new Map<number, Uint8Array>()
  const self = new Set<number>()
  const always: number[] = []
  const decided = new Set<number>(SERVER_CODES)
  for (const option of [...levels, ground].flatMap((level) => level.options)) {
    if (decided.has(option.code)) continue
    decided.add(option.code)
    if (option.hex === '') continue
    if (option.hex === 'self') self.add(option.code)
    else options.set(option.code, octets(option.hex))
    if (option.always) always.push(option.code)
  }
  const time = (name: 'leaseSeconds' | 'minLeaseSeconds' | 'maxLeaseSeconds'): number =>
    levels.find((level) => level[name] !== null)?.[name] ?? ground[name]
  const leaseSeconds = time('leaseSeconds')
  return {
    options,
    self,
    always,
    leaseSeconds,
    // The usual length of a high level stands above the limits of a low one.
    minLeaseSeconds: Math.min(time('minLeaseSeconds'), leaseSeconds),
    maxLeaseSeconds: Math.max(time('maxLeaseSeconds'), leaseSeconds),
    boots: [...levels, ground].flatMap((level) => level.boots),
    offers: new OfferCache(),
  }
}

/** Codes that only the server itself may set, whatever is configured. */
const SERVER_CODES: ReadonlySet<number> = new Set([
  OPTION.pad,
  OPTION.requestedIpAddress,
  OPTION.leaseTime,
  OPTION.optionOverload,
  OPTION.messageType,
  OPTION.serverIdentifier,
  OPTION.parameterRequestList,
  OPTION.message,
  OPTION.maximumMessageSize,
  OPTION.clientIdentifier,
  OPTION.rapidCommit,
  OPTION.clientFqdn,
  OPTION.relayAgentInformation,
  OPTION.end,
])

function octets(hex: string): Uint8Array {
  const bytes = parseHex(hex)
  if (bytes === null) throw new Error(`cannot read option value: ${hex}`)
  return bytes
}
