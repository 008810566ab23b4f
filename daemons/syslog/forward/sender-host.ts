import type { StoredRecord } from './stored-record.ts'

/** The sender's address without its port; null when the message came from this machine. */
export function senderAddress({ src }: StoredRecord): string | null {
  const end = src.lastIndexOf(':')
  return end < 0 ? null : src.slice(0, end).replace(/^\[|\]$/g, '')
}

/**
 * Whose message it is: as it says itself, else its sender's address, else this machine's name.
 *
 * @rfc 5424 section 6.2.4: an address where there is no name
 */
export function hostOf(record: StoredRecord, ownName: string): string {
  return record.host ?? senderAddress(record) ?? ownName
}
