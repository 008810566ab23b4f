import { Complaint } from '../pieces/piece.ts'
import type { OptionForm } from './known-options.ts'
import { encodePlain, hexOrNull, type Octets, wrongValue } from './plain-value.ts'
import { encodeSubOptions, encodeVendorOptions } from './sub-options.ts'

/**
 * Encodes the value of an option as its form wants it; options inside of options may also be written in hex.
 *
 * @rfc 2132 section 2; 3925 (option 125)
 * @returns the octets, at least one; or what is wrong
 */
export function encodeOption(form: OptionForm, value: unknown): Octets {
  const octets = encodeForm(form, value)
  return octets instanceof Complaint || octets.length > 0 ? octets : wrongValue(form, '')
}

function encodeForm(form: OptionForm, value: unknown): Octets {
  if (form !== 'sub-options' && form !== 'vendor-options') return encodePlain(form, value)
  const hex = hexOrNull(value)
  if (hex !== null) return hex
  if (!Array.isArray(value)) return wrongValue(form, value)
  return form === 'sub-options' ? encodeSubOptions(value) : encodeVendorOptions(value)
}
