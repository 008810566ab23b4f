import { readUint32, uint16Bytes, uint32Bytes } from '../../wire/octets.ts'
import { addressBytes, readAddress } from './address.ts'
import { OPTION, STATUS, type StatusName } from './codes.ts'
import { decodeOptions, encodeOption } from './options-codec.ts'

/** What a client asks of one of its interfaces: addresses, temporary ones, or prefixes. */
export type AssociationKind = 'iaNa' | 'iaTa' | 'iaPd'

/** An identity association as a client sends it. */
export interface Association {
  readonly kind: AssociationKind
  readonly iaid: number
  /** Those that it names; of an IA_PD none are read, since none are given. */
  readonly addresses: readonly bigint[]
}

/** An address as it is given; the client may use it as long as it is valid, and begins nothing new by it unless preferred. */
export interface GivenAddress {
  readonly address: bigint
  /** Seconds, 0xffffffff = for ever. */
  readonly preferredSeconds: number
  readonly validSeconds: number
}

/** An identity association as it is answered. */
export interface AnsweredAssociation {
  readonly kind: AssociationKind
  readonly iaid: number
  readonly addresses: readonly GivenAddress[]
  /** Null = success. */
  readonly status: { readonly name: StatusName; readonly message: string } | null
}

/** Octets before the options of an IA_NA or IA_PD, and of an IA_TA, which has no T1 and T2. */
const HEADER_BYTES = { iaNa: 12, iaTa: 4, iaPd: 12 } as const
/** An address and its two lifetimes. */
const IA_ADDRESS_BYTES = 24
/** Addresses of one association that are looked at. */
const MOST_ADDRESSES = 16

/**
 * Reads one identity association.
 *
 * @rfc 8415 sections 21.4, 21.5, 21.6 and 21.21; lifetimes, T1 and T2 are the server's to tell and not read
 * @returns null when it is malformed; never throws
 * @attack addresses beyond the sixteenth are not looked at
 */
export function decodeAssociation(kind: AssociationKind, value: Uint8Array): Association | null {
  const header = HEADER_BYTES[kind]
  if (value.length < header) return null
  const options = decodeOptions(value, header)
  if (options === null) return null
  const named = kind === 'iaPd' ? [] : options.filter(({ code }) => code === OPTION.iaAddress)
  if (named.some((option) => option.value.length < IA_ADDRESS_BYTES)) return null
  const addresses = named.slice(0, MOST_ADDRESSES).map((option) => readAddress(option.value))
  return { kind, iaid: readUint32(value, 0), addresses }
}

/** Writes an answered identity association. */
export function encodeAssociation({ kind, iaid, addresses, status }: AnsweredAssociation): Uint8Array {
  const { t1Seconds, t2Seconds } = renewalTimes(addresses)
  return encodeOption(
    OPTION[kind],
    uint32Bytes(iaid),
    ...(kind === 'iaTa' ? [] : [uint32Bytes(t1Seconds), uint32Bytes(t2Seconds)]),
    ...addresses.map(encodeGivenAddress),
    ...(status === null ? [] : [encodeStatus(status.name, status.message)]),
  )
}

/**
 * When a client renews with us, and with whoever answers: half and four fifths of the shortest preferred lifetime.
 *
 * @rfc 8415 section 21.4: without an address to renew both are 0
 */
export function renewalTimes(addresses: readonly GivenAddress[]): {
  readonly t1Seconds: number
  readonly t2Seconds: number
} {
  const shortest = Math.min(...addresses.flatMap(({ preferredSeconds: seconds }) => (seconds > 0 ? [seconds] : [])))
  return { t1Seconds: partOf(shortest, 0.5), t2Seconds: partOf(shortest, 0.8) }
}

/** Writes a status; the message is for people. @rfc 8415 section 21.13 */
export function encodeStatus(name: StatusName, message: string): Uint8Array {
  return encodeOption(OPTION.statusCode, uint16Bytes(STATUS[name]), Buffer.from(message))
}

function encodeGivenAddress({ address, preferredSeconds, validSeconds }: GivenAddress): Uint8Array {
  return encodeOption(OPTION.iaAddress, addressBytes(address), uint32Bytes(preferredSeconds), uint32Bytes(validSeconds))
}

/** Infinity stands for no address at all. */
function partOf(seconds: number, part: number): number {
  if (seconds === Number.POSITIVE_INFINITY) return 0
  return seconds === FOR_EVER ? FOR_EVER : Math.floor(seconds * part)
}

/** A lifetime without an end. @rfc 8415 section 7.7 */
export const FOR_EVER = 0xffffffff
