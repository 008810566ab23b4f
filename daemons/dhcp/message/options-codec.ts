import { joinBytes } from '../../wire/octets.ts'
import { OPTION } from './option-code.ts'

/** Why an option area cannot be read. */
export type OptionFault = 'option_overrun' | 'option_no_length'

/** Where a message stopped making sense. */
export interface Malformed<Reason extends string> {
  readonly reason: Reason
  readonly offset: number
}

/**
 * Collects the options of one message from its areas (options, file, sname, in this order), joining the
 * instances of one code in the order met.
 *
 * @rfc 3396 section 7; 2131 section 4.1 for the order of the areas; 2132 section 2 for pad and end
 */
export class OptionCollector {
  readonly #single = new Map<number, Uint8Array>()
  #repeated: Map<number, Uint8Array[]> | null = null

  /**
   * Reads one area; a missing end mark is accepted, octets after it are ignored.
   *
   * @param bytes the datagram; borrowed, the values point into it
   * @param start first octet of the area
   * @param end first octet behind it
   * @returns null, or the fault with the offset of the option it is in; never throws
   */
  read(bytes: Uint8Array, start: number, end: number): Malformed<OptionFault> | null {
    let at = start
    while (at < end) {
      const code = bytes[at] ?? 0
      if (code === OPTION.pad) {
        at++
        continue
      }
      if (code === OPTION.end) return null
      const length = at + 1 < end ? bytes[at + 1] : undefined
      if (length === undefined) return { reason: 'option_no_length', offset: at }
      if (at + 2 + length > end) return { reason: 'option_overrun', offset: at }
      this.#add(code, bytes.subarray(at + 2, at + 2 + length))
      at += 2 + length
    }
    return null
  }

  /** The value so far of a code that is expected once. */
  get(code: number): Uint8Array | undefined {
    return this.#single.get(code)
  }

  /** All options by code, instances joined. */
  joined(): ReadonlyMap<number, Uint8Array> {
    if (this.#repeated !== null) for (const [code, parts] of this.#repeated) this.#single.set(code, joinBytes(parts))
    return this.#single
  }

  #add(code: number, value: Uint8Array): void {
    const first = this.#single.get(code)
    if (first === undefined) {
      this.#single.set(code, value)
      return
    }
    this.#repeated ??= new Map()
    const parts = this.#repeated.get(code)
    if (parts === undefined) this.#repeated.set(code, [first, value])
    else parts.push(value)
  }
}

/** Octets that an option value takes on the wire: a code and a length for each 255 of it. */
export function encodedOptionLength(value: Uint8Array): number {
  return value.length + 2 * Math.max(1, Math.ceil(value.length / 255))
}

/** Up to here octets are copied one by one: a view of a small array gives it a buffer of its own first. */
const SHORT_BYTES = 32

/**
 * Writes one option, split into instances of at most 255 octets.
 *
 * @rfc 3396 section 6
 * @param bytes has room for `encodedOptionLength(value)` octets from `at`
 * @returns the offset behind it
 */
export function writeOption(bytes: Uint8Array, at: number, code: number, value: Uint8Array): number {
  if (value.length <= SHORT_BYTES) {
    bytes[at] = code
    bytes[at + 1] = value.length
    for (let from = 0; from < value.length; from++) bytes[at + 2 + from] = value[from] ?? 0
    return at + 2 + value.length
  }
  let to = at
  let from = 0
  do {
    const part = value.subarray(from, from + 255)
    bytes[to] = code
    bytes[to + 1] = part.length
    bytes.set(part, to + 2)
    to += 2 + part.length
    from += 255
  } while (from < value.length)
  return to
}
