import type { LogFilter } from './log-filter.ts'
import type { StoredMessage } from './stored-message.ts'

/** A message of the store. */
export interface Found {
  readonly message: StoredMessage
  /** As it is stored, without LF. */
  readonly line: string
}

/** Which of those that match. */
export interface FindLimit {
  readonly most: number
  /** Whether the first or the last ones. */
  readonly from: 'start' | 'end'
}

/** By what messages can be counted. */
export type CountedField = 'host' | 'app' | 'severity'

/** Some consecutive messages of the store, that are looked through together. */
export interface Chunk {
  /** Those that the filter lets through, in their order. */
  find(filter: LogFilter, limit?: FindLimit): Found[]
  /** The same as text for people, one a line. @param here this machine's name */
  text(filter: LogFilter, here: string, colour: boolean): string | Uint8Array
  /** How many of them there are, by a field of theirs. */
  count(filter: LogFilter, field: CountedField): ReadonlyMap<string, number>
  /** When each of them came, milliseconds since 1970. */
  times(filter: LogFilter): Float64Array
  /** All as they are stored, without LF. */
  lines(): string[]
}

/** All that match. */
export const ALL: FindLimit = { most: Number.POSITIVE_INFINITY, from: 'start' }
