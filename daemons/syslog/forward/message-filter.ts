import type { ForwardFilter } from '../section.ts'
import { senderAddress } from './sender-host.ts'
import type { StoredRecord } from './stored-record.ts'

/** Makes the check of which messages a target wants: all conditions must hold, an empty list is none. */
export function messageFilter(filter: ForwardFilter): (record: StoredRecord) => boolean {
  const facilities = new Set(filter.facilities)
  const hosts = namePatterns(filter.hosts)
  const apps = namePatterns(filter.apps)
  return (record) =>
    record.severity <= filter.severity &&
    (facilities.size === 0 || facilities.has(record.facility)) &&
    (hosts === null || hosts((record.host ?? senderAddress(record) ?? '').toLowerCase())) &&
    (apps === null || apps((record.app ?? '').toLowerCase()))
}

/** null = every name will do. */
function namePatterns(names: readonly string[]): ((name: string) => boolean) | null {
  if (names.length === 0) return null
  const whole = new Set(names.filter((name) => !name.includes('*')))
  const globs = names.filter((name) => name.includes('*')).map((name) => name.split('*'))
  return (name) => whole.has(name) || globs.some((parts) => matchesParts(name, parts))
}

/** Whether the text is made of these parts with anything between them; linear, unlike a regular expression of stars. */
function matchesParts(text: string, parts: readonly string[]): boolean {
  const [first = '', ...middle] = parts
  const last = middle.pop() ?? ''
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false
  let at = first.length
  const end = text.length - last.length
  for (const part of middle) {
    const found = text.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}
