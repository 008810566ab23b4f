import { describeValue } from '../config-problem.ts'
import { Complaint } from '../pieces/piece.ts'
import { isTable, type TomlTable } from '../toml-tree.ts'
import { numberOctets } from './octets.ts'
import { encodePlain, FORM_OF_TYPE, type Octets, OPTION_TYPES } from './plain-value.ts'

/**
 * Encodes options inside of an option: code, length, value of each.
 *
 * @rfc 2132 section 8.4 (option 43)
 * @param items tables with `code`, `type` and `value`
 */
export function encodeSubOptions(items: readonly unknown[]): Octets {
  const octets: number[] = []
  for (const item of items) {
    const part = encodeSubOption(item)
    if (part instanceof Complaint) return part
    octets.push(...part)
  }
  return octets
}

/**
 * Encodes the options of several vendors: enterprise number, length and sub-options of each.
 *
 * @rfc 3925 section 4 (option 125)
 * @param items tables with `enterprise` and `options`
 */
export function encodeVendorOptions(items: readonly unknown[]): Octets {
  const octets: number[] = []
  for (const item of items) {
    if (!isTable(item)) return new Complaint(`must hold tables with enterprise and options, not ${describeValue(item)}`)
    const { enterprise, options } = item
    const stranger = strangeKey(item, ['enterprise', 'options'])
    if (stranger !== null) return stranger
    if (typeof enterprise !== 'number' || !Number.isInteger(enterprise) || enterprise < 0 || enterprise >= 2 ** 32)
      return new Complaint(`must have an enterprise from 0 to 4294967295, not ${describeValue(enterprise)}`)
    const inner = Array.isArray(options)
      ? encodeSubOptions(options)
      : new Complaint(`must have options that are a list of sub-options, not ${describeValue(options)}`)
    if (inner instanceof Complaint) return inner
    if (inner.length > 255) return new Complaint(`must fit into 255 bytes for each enterprise, not ${inner.length}`)
    octets.push(...numberOctets(enterprise, 4), inner.length, ...inner)
  }
  return octets
}

function encodeSubOption(item: unknown): Octets {
  if (!isTable(item))
    return new Complaint(`must hold sub-options with code, type and value, not ${describeValue(item)}`)
  const stranger = strangeKey(item, ['code', 'type', 'value'])
  if (stranger !== null) return stranger
  const { code, type, value } = item
  if (typeof code !== 'number' || !Number.isInteger(code) || code < 1 || code > 254)
    return new Complaint(`must have sub-options with a code from 1 to 254, not ${describeValue(code)}`)
  const named = OPTION_TYPES.find((one) => one === type)
  if (named === undefined)
    return new Complaint(
      `must have a type for sub-option ${code}: ${OPTION_TYPES.join(', ')}; not ${describeValue(type)}`,
    )
  const octets = encodePlain(FORM_OF_TYPE[named], value)
  if (octets instanceof Complaint) return new Complaint(`sub-option ${code} ${octets.message}`)
  if (octets.length > 255) return new Complaint(`sub-option ${code} must fit into 255 bytes, not ${octets.length}`)
  return [code, octets.length, ...octets]
}

function strangeKey(item: TomlTable, known: readonly string[]): Complaint | null {
  const key = Object.keys(item).find((one) => !known.includes(one))
  return key === undefined
    ? null
    : new Complaint(`holds the unknown key ${JSON.stringify(key)}; known: ${known.join(', ')}`)
}
