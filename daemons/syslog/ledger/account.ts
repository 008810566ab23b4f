import type { DropReason, LedgerRow, MissReason } from './ledger-row.ts'
import { DROP_REASONS, MISS_REASONS } from './ledger-row.ts'

/** Why messages are missing. */
export type LossReason =
  | Exclude<DropReason, 'empty'>
  /** The receive buffer was full. */
  | 'kernel'
  /** Read by a daemon that was killed before it had stored them. */
  | 'killed'
  /** Stored, and gone with a loss of power. */
  | 'power'
  /** What was under way in stream connections that ended with a daemon; how much nobody knows. */
  | 'connections'
  /** Nobody listened: the supervisor was not running. */
  | 'not_listening'
  /** In the store, but the target of a forward did not get it, or perhaps not. */
  | `forward_${MissReason}`
  /** Missing in a device's own numbering; lost before this box, or told here under another reason too. */
  | 'device_gap'

/** One loss, or several of the same kind right behind each other. */
export interface Loss {
  readonly from: string
  readonly to: string
  /** URL of the listener, null where it concerns all. */
  readonly via: string | null
  readonly reason: LossReason
  /** Messages; null where that cannot be known. */
  readonly count: number | null
  /** The device, for `device_gap`. */
  readonly sender: string | null
  /** The target, for `forward_…`. */
  readonly target: string | null
}

/** What became of the messages of a span. */
export interface Account {
  readonly since: string
  readonly until: string
  /** Messages that reached this box: read, dropped by the kernel, or gone with a killed daemon. */
  readonly reached: number
  readonly stored: number
  /** Empty datagrams, which hold nothing that could be stored. */
  readonly empty: number
  readonly lost: number
  /** Messages passed on, counted for each target; all of them are stored as well. */
  readonly forwarded: number
  /** What of it was lost, in time; also what lies outside the sum: gaps of devices, and what cannot be counted. */
  readonly losses: readonly Loss[]
}

/** Adds up the rows of a span: `reached` = `stored` + `empty` + `lost`. @unit milliseconds since 1970 */
export function accountOf(rows: readonly LedgerRow[], sinceMs: number, untilMs: number): Account {
  const since = new Date(sinceMs).toISOString()
  const until = new Date(untilMs).toISOString()
  let stored = 0
  let empty = 0
  let forwarded = 0
  const losses: Loss[] = []
  for (const row of rows) {
    if (row.to < since || row.from > until) continue
    if (row.kind === 'count') {
      stored += row.stored
      empty += row.dropped.empty ?? 0
    } else if (row.kind === 'vanished') stored -= row.count
    else if (row.kind === 'forward') forwarded += row.forwarded
    losses.push(...lossesOf(row))
  }
  losses.sort((left, right) => (left.from < right.from ? -1 : left.from > right.from ? 1 : 0))
  const lost = losses.reduce((sum, { reason, count }) => sum + (isOfThisBox(reason) ? (count ?? 0) : 0), 0)
  return { since, until, reached: stored + empty + lost, stored, empty, lost, forwarded, losses: joined(losses) }
}

/** `100 %`, or how much less; never rounded up to 100. */
export function shareText({ reached, lost }: Pick<Account, 'reached' | 'lost'>): string {
  if (lost === 0) return '100 %'
  return `${(Math.floor(((reached - lost) / reached) * 100_000) / 1000).toFixed(3)} %`
}

/** `100 % of what reached this box`; where a daemon was killed, perhaps nobody knows what was on its way in. */
export function shareOfReached(account: Account): string {
  const certain = account.losses.every(({ reason, count }) => count !== null || reason === 'not_listening')
  return `${shareText(account)} of what ${certain ? 'reached' : 'is known to have reached'} this box`
}

/**
 * One line for the status: `100 % of what reached this box`, or the share that is stored and the newest loss with its time; one that
 * nobody could count is a loss that may be. What was sent while nobody listened did not reach this box and is left out.
 * Empty when nothing came and nothing was lost.
 */
export function accountLine(account: Account): string {
  const losses = account.losses.filter(({ reason }) => isOfThisBox(reason) && reason !== 'not_listening')
  const newest = losses.at(-1)
  if (account.reached === 0 && newest === undefined) return ''
  const share = shareOfReached(account)
  if (newest === undefined) return share
  const when = `${newest.from.slice(0, 19)}Z to ${newest.to.slice(11, 19)}Z`
  if (newest.count === null) {
    const what = newest.reason === 'connections' ? 'was under way in open connections' : 'it had in hand'
    return `${share}; maybe lost: what ${what} when the daemon was killed, ${when}`
  }
  return `${share}; ${losses.length > 1 ? `last of ${losses.length} losses` : 'lost'}: ${newest.count} (${newest.reason}) ${when}`
}

/** Others are missing elsewhere: in front of this box, or behind it. */
function isOfThisBox(reason: LossReason): boolean {
  return reason !== 'device_gap' && !reason.startsWith('forward_')
}

function lossesOf(row: LedgerRow): Loss[] {
  const { from, to } = row
  const none = { from, to, via: null, sender: null, target: null }
  switch (row.kind) {
    case 'count': {
      const span = { from: row.lost_from ?? from, to: row.lost_to ?? to, via: row.via, sender: null, target: null }
      const kernel: Loss[] = row.kernel > 0 ? [{ ...span, reason: 'kernel', count: row.kernel }] : []
      const dropped = DROP_REASONS.flatMap((reason): Loss[] => {
        const count = row.dropped[reason] ?? 0
        return count > 0 && reason !== 'empty' ? [{ ...span, reason, count }] : []
      })
      return [...kernel, ...dropped]
    }
    case 'death': {
      const connections: Loss[] = row.connections > 0 ? [{ ...none, reason: 'connections', count: null }] : []
      return row.read === 0 ? connections : [{ ...none, reason: 'killed', count: row.read }, ...connections]
    }
    case 'away':
      return [{ ...none, reason: 'not_listening', count: null }]
    case 'vanished':
      return [{ ...none, reason: 'power', count: row.count }]
    case 'forward':
      return MISS_REASONS.flatMap((reason): Loss[] => {
        const count = row.missed[reason] ?? 0
        return count > 0 ? [{ ...none, reason: `forward_${reason}`, count, target: row.target }] : []
      })
    case 'device_gap':
      return [{ ...none, reason: 'device_gap', count: row.missing, sender: row.sender }]
  }
}

/** Losses of the same kind within a minute of each other are one. */
function joined(losses: readonly Loss[]): readonly Loss[] {
  const open = new Map<string, Loss>()
  const done: Loss[] = []
  for (const loss of losses) {
    const key = JSON.stringify([loss.via, loss.reason, loss.sender, loss.target])
    const before = open.get(key)
    if (before !== undefined && Date.parse(loss.from) - Date.parse(before.to) <= JOIN_MS) {
      const count = before.count === null || loss.count === null ? null : before.count + loss.count
      open.set(key, { ...before, to: later(before.to, loss.to), count })
      continue
    }
    if (before !== undefined) done.push(before)
    open.set(key, loss)
  }
  return [...done, ...open.values()].sort((left, right) =>
    left.from < right.from ? -1 : left.from > right.from ? 1 : 0,
  )
}

function later(one: string, other: string): string {
  return [one, other].sort()[1] ?? one
}

const JOIN_MS = 60_000
