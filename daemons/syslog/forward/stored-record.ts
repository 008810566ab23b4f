import { facilityNumber, severityNumber } from './keyword-number.ts'
import { readPlainRecord } from './plain-record.ts'

/** A stored line, read back to be passed on. */
export interface StoredRecord {
  readonly seq: number
  /** Time of receipt, RFC 3339. */
  readonly rt: string
  /** `ip:port`, `[ip]:port` or `unix`. */
  readonly src: string
  readonly facility: number
  readonly severity: number
  readonly host: string | null
  readonly app: string | null
  readonly procid: string | null
  readonly msgid: string | null
  readonly ts: string | null
  readonly sd: StoredSd | null
  readonly msg: string
  readonly format: string
  readonly flags: readonly string[]
  /** The line itself, without its LF. */
  readonly line: string
}

/** Elements by SD-ID, in the order sent; a name that came twice has a list. */
export type StoredSd = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>

/** Reads one line of the store, or null when it is none (a damaged file). */
export function readStoredRecord(line: string): StoredRecord | null {
  const plain = readPlainRecord(line)
  if (plain !== null) return plain
  try {
    const value: unknown = JSON.parse(line)
    if (!isStored(value)) return null
    const facility = facilityNumber(value.facility)
    const severity = severityNumber(value.severity)
    return facility === undefined || severity === undefined ? null : { ...value, facility, severity, line }
  } catch {
    return null
  }
}

/** Number of a line by itself, for finding a place in a segment; null when it is none. */
export function readSeq(line: string): number | null {
  const seq = /^\{"rt":"[^"]{0,40}","seq":(\d{1,16}),/.exec(line)?.[1]
  return seq === undefined ? null : Number(seq)
}

type Stored = Omit<StoredRecord, 'facility' | 'severity' | 'line'> & {
  readonly facility: string
  readonly severity: string
}

function isStored(value: unknown): value is Stored {
  if (typeof value !== 'object' || value === null) return false
  const line = value as Partial<Record<keyof Stored, unknown>>
  return (
    typeof line.seq === 'number' &&
    typeof line.rt === 'string' &&
    typeof line.src === 'string' &&
    typeof line.facility === 'string' &&
    typeof line.severity === 'string' &&
    typeof line.msg === 'string' &&
    typeof line.format === 'string' &&
    Array.isArray(line.flags) &&
    isTextOrNull(line.host) &&
    isTextOrNull(line.app) &&
    isTextOrNull(line.procid) &&
    isTextOrNull(line.msgid) &&
    isTextOrNull(line.ts) &&
    (line.sd === null || (typeof line.sd === 'object' && Object.values(line.sd).every(isElement)))
  )
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string'
}

function isElement(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).every(
    (each: unknown) =>
      typeof each === 'string' || (Array.isArray(each) && each.every((one: unknown) => typeof one === 'string')),
  )
}
