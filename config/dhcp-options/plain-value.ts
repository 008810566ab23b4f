import { parseIpv4 } from '../../daemons/wire/address.ts'
import { describeValue } from '../config-problem.ts'
import { parseHex } from '../pieces/address.ts'
import { Complaint } from '../pieces/piece.ts'
import { encodeRoutes } from './classless-routes.ts'
import { encodeDomainNames } from './domain-names.ts'
import type { OptionForm } from './known-options.ts'
import { addressOctets, numberOctets, textOctets } from './octets.ts'

/** Forms that a `type` can name for options without one of their own. */
export const OPTION_TYPES = ['ipv4', 'string', 'u8', 'u16', 'u32', 'i32', 'bool', 'hex', 'domains', 'routes'] as const
export type OptionType = (typeof OPTION_TYPES)[number]

/** Forms whose values are options themselves. */
export type CompoundForm = 'sub-options' | 'vendor-options'

/** The form of each type: where a number or an address may stand, a list of them may. */
export const FORM_OF_TYPE: Readonly<Record<OptionType, Exclude<OptionForm, CompoundForm>>> = {
  ipv4: 'ipv4-list',
  string: 'string',
  u8: 'u8-list',
  u16: 'u16-list',
  u32: 'u32-list',
  i32: 'i32',
  bool: 'bool',
  hex: 'hex',
  domains: 'domains',
  routes: 'routes',
}

const WHAT: Readonly<Record<OptionForm, string>> = {
  ipv4: 'an IPv4 address',
  'ipv4-list': 'an IPv4 address or a list of them',
  'ipv4-pairs': 'a list of pairs of addresses such as ["10.0.0.1 192.168.50.2"]',
  string: 'text',
  u8: 'a whole number from 0 to 255',
  'u8-list': 'a whole number from 0 to 255 or a list of them',
  u16: 'a whole number from 0 to 65535',
  'u16-list': 'a whole number from 0 to 65535 or a list of them',
  u32: 'a whole number from 0 to 4294967295',
  'u32-list': 'a whole number from 0 to 4294967295 or a list of them',
  i32: 'a whole number from -2147483648 to 2147483647',
  bool: 'true or false',
  hex: 'bytes in hex such as "0a0b0c"',
  domains: 'a domain such as "lab.example" or a list of them',
  routes: 'a list of routes such as ["10.0.0.0/8 via 192.168.50.2"]',
  'sip-servers': 'a list of addresses or a list of domains',
  'sub-options': 'a list of sub-options such as [{ code = 6, type = "u8", value = 8 }], or bytes in hex',
  'vendor-options':
    'a list such as [{ enterprise = 4491, options = [{ code = 2, type = "string", value = "x" }] }], or bytes in hex',
}

/** Octets of a value, or what is wrong with it. */
export type Octets = readonly number[] | Complaint

/**
 * Encodes the value of an option that holds no other options.
 *
 * @rfc 2132 section 2; 3361 (SIP servers), and those of the forms' own files
 */
export function encodePlain(form: Exclude<OptionForm, CompoundForm>, value: unknown): Octets {
  switch (form) {
    case 'ipv4':
      return encodeEach(form, [value], addressOrNull)
    case 'ipv4-list':
      return encodeEach(form, listOf(value), addressOrNull)
    case 'ipv4-pairs':
      return encodeEach(form, listOf(value), pairOrNull)
    case 'string':
      return encodeEach(form, [value], textOrNull)
    case 'u8':
      return encodeEach(form, [value], (item) => numberOrNull(item, 1))
    case 'u8-list':
      return encodeEach(form, listOf(value), (item) => numberOrNull(item, 1))
    case 'u16':
      return encodeEach(form, [value], (item) => numberOrNull(item, 2))
    case 'u16-list':
      return encodeEach(form, listOf(value), (item) => numberOrNull(item, 2))
    case 'u32':
      return encodeEach(form, [value], (item) => numberOrNull(item, 4))
    case 'u32-list':
      return encodeEach(form, listOf(value), (item) => numberOrNull(item, 4))
    case 'i32':
      return encodeEach(form, [value], signedOrNull)
    case 'bool':
      return encodeEach(form, [value], (item) => (typeof item === 'boolean' ? [item ? 1 : 0] : null))
    case 'hex':
      return encodeEach(form, [value], hexOrNull)
    case 'domains':
      return encodeTexts(form, value, encodeDomainNames)
    case 'routes':
      return encodeTexts(form, value, encodeRoutes)
    case 'sip-servers':
      return encodeSipServers(value)
  }
}

function encodeEach(
  form: OptionForm,
  items: readonly unknown[],
  encode: (item: unknown) => readonly number[] | null,
): Octets {
  const octets: number[] = []
  for (const item of items) {
    const part = encode(item)
    if (part === null) return wrongValue(form, item)
    octets.push(...part)
  }
  return octets
}

function encodeTexts(form: OptionForm, value: unknown, encode: (texts: readonly string[]) => Octets): Octets {
  const items = listOf(value)
  const texts = items.filter((item) => typeof item === 'string')
  return texts.length === items.length ? encode(texts) : wrongValue(form, value)
}

/** @rfc 3361 section 3: encoding 1 is a list of addresses, 0 of domains */
function encodeSipServers(value: unknown): Octets {
  const addresses = encodeEach('ipv4-list', listOf(value), addressOrNull)
  if (!(addresses instanceof Complaint)) return addresses.length === 0 ? [] : [1, ...addresses]
  const domains = encodeTexts('sip-servers', value, encodeDomainNames)
  return domains instanceof Complaint ? wrongValue('sip-servers', value) : [0, ...domains]
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}

/** The sentence for a value that does not fit its form. */
export function wrongValue(form: OptionForm, value: unknown): Complaint {
  return new Complaint(`must be ${WHAT[form]}, not ${value === '' ? 'empty' : describeValue(value)}`)
}

function addressOrNull(item: unknown): number[] | null {
  const address = typeof item === 'string' ? parseIpv4(item) : null
  return address === null ? null : addressOctets(address)
}

function pairOrNull(item: unknown): number[] | null {
  const parts = typeof item === 'string' ? item.trim().split(/\s+/).map(addressOrNull) : []
  const [first = null, second = null] = parts
  return parts.length === 2 && first !== null && second !== null ? [...first, ...second] : null
}

function textOrNull(item: unknown): number[] | null {
  return typeof item === 'string' && !item.includes('\0') ? textOctets(item) : null
}

function numberOrNull(item: unknown, width: 1 | 2 | 4): number[] | null {
  if (typeof item !== 'number' || !Number.isInteger(item) || item < 0 || item >= 256 ** width) return null
  return numberOctets(item, width)
}

function signedOrNull(item: unknown): number[] | null {
  if (typeof item !== 'number' || !Number.isInteger(item) || item < -(2 ** 31) || item >= 2 ** 31) return null
  return numberOctets(item, 4)
}

/** Octets written in hex. */
export function hexOrNull(item: unknown): number[] | null {
  const hex = typeof item === 'string' ? parseHex(item) : null
  return hex === null ? null : [...Buffer.from(hex, 'hex')]
}
