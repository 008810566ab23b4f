import { joinBytes, readUint16, uint16Bytes } from '../../wire/octets.ts'
/** One option of a message, or of another option. */
export interface Option {
  readonly code: number
  /** Borrowed from the datagram. */
  readonly value: Uint8Array
}

/**
 * Reads options up to the end of the bytes.
 *
 * @rfc 8415 section 21.1: two octets of code, two of length
 * @param bytes what holds them; borrowed, the values point into it
 * @param start first octet of the first option
 * @returns them in the order met, or null when one runs over the end; never throws
 */
export function decodeOptions(bytes: Uint8Array, start: number): readonly Option[] | null {
  const options: Option[] = []
  let at = start
  while (at < bytes.length) {
    if (at + HEADER_BYTES > bytes.length) return null
    const end = at + HEADER_BYTES + readUint16(bytes, at + 2)
    if (end > bytes.length) return null
    options.push({ code: readUint16(bytes, at), value: bytes.subarray(at + HEADER_BYTES, end) })
    at = end
  }
  return options
}

/**
 * Writes one option whose value is the parts one after the other.
 *
 * @throws RangeError for a value of more than 65535 octets: a bug of ours
 */
export function encodeOption(code: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  if (length > 0xffff) throw new RangeError(`option ${code} of ${length} octets`)
  return joinBytes([uint16Bytes(code), uint16Bytes(length), ...parts])
}

/** The value of the first option of a code. */
export function findOption(options: readonly Option[], code: number): Uint8Array | null {
  return options.find((option) => option.code === code)?.value ?? null
}

const HEADER_BYTES = 4
