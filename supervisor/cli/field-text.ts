import { printable } from './printable.ts'

/** One field of an object as printable text; `-` when it has none. */
export function fieldText(record: unknown, name: string): string {
  if (typeof record !== 'object' || record === null) return '-'
  const value: unknown = new Map<string, unknown>(Object.entries(record)).get(name)
  if (value === undefined || value === null || value === '') return '-'
  return printable(typeof value === 'string' ? value : JSON.stringify(value))
}
