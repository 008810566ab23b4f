import type { OptionForm } from './known-options.ts'

/** Octets that a value of each form has: a multiple of the unit, and this often at most. Forms not here have any length. */
const LENGTHS: Partial<Record<OptionForm, { readonly unit: number; readonly most: number }>> = {
  ipv4: { unit: 4, most: 1 },
  'ipv4-list': { unit: 4, most: Number.POSITIVE_INFINITY },
  'ipv4-pairs': { unit: 8, most: Number.POSITIVE_INFINITY },
  u8: { unit: 1, most: 1 },
  bool: { unit: 1, most: 1 },
  u16: { unit: 2, most: 1 },
  'u16-list': { unit: 2, most: Number.POSITIVE_INFINITY },
  u32: { unit: 4, most: 1 },
  'u32-list': { unit: 4, most: Number.POSITIVE_INFINITY },
  i32: { unit: 4, most: 1 },
}

/** What is wrong with the length of an encoded value, in words that follow "must have"; null when it fits the form. */
export function lengthFault(form: OptionForm, length: number): string | null {
  const rule = LENGTHS[form]
  if (rule === undefined) return null
  const { unit, most } = rule
  if (length > 0 && length % unit === 0 && length / unit <= most) return null
  return most === 1 ? `${unit} ${unit === 1 ? 'byte' : 'bytes'}` : `a multiple of ${unit} bytes`
}
