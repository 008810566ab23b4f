import { REJECTIONS, type Rejection } from '../tally.ts'

/** Why a message that was read is not in the store; `bug` = our own code failed on its batch. */
export type DropReason = Rejection | 'bug'

export const DROP_REASONS: readonly DropReason[] = [...REJECTIONS, 'bug']

/** What became of the messages of one listener within a minute; `received` is `stored` and all of `dropped`. */
export interface CountRow extends Span {
  readonly kind: 'count'
  readonly via: string
  readonly received: number
  readonly stored: number
  /** Reasons that occurred. */
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>
  /** Thrown away by the kernel before we could read them; not among `received`. */
  readonly kernel: number
  /** Within these the losses happened; null when there were none. */
  readonly lost_from: string | null
  readonly lost_to: string | null
}

/** A process that was killed: from its last word to the beginning of the next one. */
export interface DeathRow extends Span {
  readonly kind: 'death'
  readonly how: 'killed' | 'power'
  /** Datagrams that it had read and that went with it; null when nobody knows. */
  readonly read: number | null
  /** Stream connections that ended with it. */
  readonly connections: number
}

/** Nobody listened: the sockets were closed. */
export interface AwayRow extends Span {
  readonly kind: 'away'
}

/** Stored messages that the disk did not keep through a loss of power. */
export interface VanishedRow extends Span {
  readonly kind: 'vanished'
  readonly count: number
}

/** A device that numbers its messages left numbers out: lost before this box, or in the losses told beside it. */
export interface DeviceGapRow extends Span {
  readonly kind: 'device_gap'
  /** Address. */
  readonly sender: string
  readonly host: string | null
  readonly missing: number
  /** The numbers on both sides. */
  readonly after: number
  readonly before: number
}

/** What a forwarding target got within a minute; all of it is in the store as well. */
export interface ForwardRow extends Span {
  readonly kind: 'forward'
  readonly target: string
  readonly forwarded: number
  /** What it did not get, or perhaps not; reasons that occurred. */
  readonly missed: Readonly<Partial<Record<MissReason, number>>>
}

/** Why a target did not get a message. */
export type MissReason = 'maybe_lost' | 'spool_overflow' | 'refused'

export const MISS_REASONS: readonly MissReason[] = ['maybe_lost', 'spool_overflow', 'refused']

/** Where the account stands; the last line of the newest file. */
export interface StateRow {
  readonly kind: 'state'
  readonly at: string
  /** The next message of the store. */
  readonly seq: number
  /** This start of the machine. */
  readonly boot: string
  /** Drops that the kernel has counted, by inode of the socket. */
  readonly sockets: Readonly<Record<string, number>>
  readonly connections: number
  /** Of the `FlightRecord`. */
  readonly flight: number | null
  /** It was stopped and has nothing in hand. */
  readonly ended: boolean
}

/** RFC 3339, UTC, milliseconds. */
interface Span {
  readonly from: string
  readonly to: string
}

export type LedgerRow = CountRow | DeathRow | AwayRow | VanishedRow | DeviceGapRow | ForwardRow

/** Writes a row as a line with its LF. */
export function formatRow(row: LedgerRow | StateRow): string {
  return `${JSON.stringify(row)}\n`
}

/** Reads a line of the ledger; null when it is none (torn, or written by somebody else). */
export function parseRow(line: string): LedgerRow | StateRow | null {
  try {
    const value: unknown = JSON.parse(line)
    return isRow(value) ? value : null
  } catch {
    return null
  }
}

function isRow(value: unknown): value is LedgerRow | StateRow {
  if (typeof value !== 'object' || value === null) return false
  const row: Readonly<Partial<Record<string, unknown>>> = { ...value }
  const texts = (...keys: string[]): boolean => keys.every((key) => typeof row[key] === 'string')
  const counts = (...keys: string[]): boolean =>
    keys.every((key) => typeof row[key] === 'number' && row[key] >= 0 && Number.isSafeInteger(row[key]))
  const numbered = (inner: unknown): boolean =>
    typeof inner === 'object' &&
    inner !== null &&
    Object.values(inner).every((each) => typeof each === 'number' && each >= 0 && Number.isSafeInteger(each))
  if (row['kind'] === 'state') return texts('at', 'boot') && counts('seq', 'connections') && numbered(row['sockets'])
  if (!texts('from', 'to')) return false
  switch (row['kind']) {
    case 'count':
      return texts('via') && counts('received', 'stored', 'kernel') && numbered(row['dropped'])
    case 'death':
      return texts('how') && counts('connections') && (row['read'] === null || counts('read'))
    case 'away':
      return true
    case 'vanished':
      return counts('count')
    case 'forward':
      return texts('target') && counts('forwarded') && numbered(row['missed'])
    case 'device_gap':
      return texts('sender') && counts('missing', 'after', 'before')
    default:
      return false
  }
}
