import type { CountRow, DeviceGapRow, DropReason, ForwardRow, LedgerRow, MissReason } from './ledger-row.ts'
import { DROP_REASONS, MISS_REASONS } from './ledger-row.ts'

/** A datagram socket, and what the kernel has thrown away on it since it was opened (32 bits, running over). */
export interface SocketDrops {
  readonly inode: number
  readonly via: string
  readonly drops: number
}

/** What became of the messages of a listener since the process began; `received` is the sum of the others. */
export interface DoorStanding extends Readonly<Record<DropReason, number>> {
  readonly received: number
  readonly stored: number
}

/** What a forwarding target got since it is one. */
export interface TargetStanding extends Readonly<Record<MissReason, number>> {
  readonly name: string
  readonly forwarded: number
}

/** All totals of one moment. */
export interface Standing {
  readonly targets: readonly TargetStanding[]
  readonly doors: ReadonlyMap<string, DoorStanding>
  readonly sockets: readonly SocketDrops[]
}

/** The rows of one minute, from totals taken now and then within it. */
export class MinuteRows {
  /** Minutes since 1970. */
  readonly number: number
  readonly #counts = new Map<string, CountRow>()
  readonly #gaps = new Map<string, DeviceGapRow>()
  readonly #forwards = new Map<string, ForwardRow>()
  #doors: ReadonlyMap<string, DoorStanding>
  #targets: ReadonlyMap<string, TargetStanding>
  readonly #drops: Map<number, number>
  #takenMs: number
  #changed = false

  /** @param before where the counting begins */
  constructor(nowMs: number, { sockets, doors, targets }: Standing) {
    this.number = Math.floor(nowMs / 60_000)
    this.#takenMs = nowMs
    this.#doors = doors
    this.#targets = new Map(targets.map((target) => [target.name, { ...target }]))
    this.#drops = new Map(sockets.map(({ inode, drops }) => [inode, drops]))
  }

  /** Something came since the last call. */
  takeChanged(): boolean {
    const changed = this.#changed
    this.#changed = false
    return changed
  }

  /** Adds what has come since the totals before. */
  take({ doors, sockets, targets }: Standing, nowMs: number): void {
    const span = { from: time(Math.min(this.#takenMs, nowMs)), to: time(nowMs) }
    for (const [via, now] of doors) this.#addCounts(via, this.#doors.get(via), now, span)
    for (const { inode, via, drops } of sockets) {
      const more = (drops - (this.#drops.get(inode) ?? 0)) >>> 0
      this.#drops.set(inode, drops)
      if (more > 0) this.#merge(via, { received: 0, stored: 0, dropped: {}, kernel: more }, span)
    }
    for (const target of targets) this.#addForwards(target, this.#targets.get(target.name), span)
    this.#targets = new Map(targets.map((target) => [target.name, { ...target }]))
    this.#doors = new Map(Array.from(doors, ([via, door]) => [via, { ...door }]))
    this.#takenMs = nowMs
  }

  /** Adds a gap in the numbering of a device; those of one device within the minute become one row. */
  add(gap: DeviceGapRow): void {
    const key = JSON.stringify([gap.sender, gap.host])
    const before = this.#gaps.get(key)
    if (before === undefined && this.#gaps.size >= MOST_GAPS) return
    const { from, after, missing } = before ?? { ...gap, missing: 0 }
    this.#gaps.set(key, { ...gap, from, after, missing: missing + gap.missing })
    this.#changed = true
  }

  rows(): readonly LedgerRow[] {
    return [...this.#counts.values(), ...this.#gaps.values(), ...this.#forwards.values()]
  }

  /** The minute that goes on where this one ends. */
  next(nowMs: number): MinuteRows {
    const sockets = Array.from(this.#drops, ([inode, drops]) => ({ inode, drops, via: '' }))
    return new MinuteRows(nowMs, { sockets, doors: this.#doors, targets: [...this.#targets.values()] })
  }

  #addCounts(via: string, before: DoorStanding | undefined, now: DoorStanding, span: Span): void {
    const received = now.received - (before?.received ?? 0)
    if (received === 0) return
    const dropped: Partial<Record<DropReason, number>> = {}
    for (const reason of DROP_REASONS) {
      const more = now[reason] - (before?.[reason] ?? 0)
      if (more > 0) dropped[reason] = more
    }
    this.#merge(via, { received, stored: now.stored - (before?.stored ?? 0), dropped, kernel: 0 }, span)
  }

  /** A target whose settings have changed begins anew at zero. */
  #addForwards(now: TargetStanding, before: TargetStanding | undefined, span: Span): void {
    const more = (key: MissReason | 'forwarded'): number => {
      const grown = now[key] - (before?.[key] ?? 0)
      return grown < 0 ? now[key] : grown
    }
    const row = this.#forwards.get(now.name)
    const missed = { ...row?.missed }
    for (const reason of MISS_REASONS) if (more(reason) > 0) missed[reason] = (missed[reason] ?? 0) + more(reason)
    const forwarded = (row?.forwarded ?? 0) + more('forwarded')
    if (more('forwarded') === 0 && MISS_REASONS.every((reason) => more(reason) === 0)) return
    this.#changed = true
    const from = row?.from ?? span.from
    this.#forwards.set(now.name, { kind: 'forward', from, to: span.to, target: now.name, forwarded, missed })
  }

  #merge(via: string, more: Pick<CountRow, 'received' | 'stored' | 'dropped' | 'kernel'>, span: Span): void {
    this.#changed = true
    const lost = more.kernel > 0 || Object.keys(more.dropped).length > 0
    const row = this.#counts.get(via)
    const { dropped = {}, received = 0, stored = 0, kernel = 0 } = row ?? {}
    this.#counts.set(via, {
      ...{ kind: 'count', from: row?.from ?? span.from, to: span.to, via },
      received: received + more.received,
      stored: stored + more.stored,
      dropped: sumOf(dropped, more.dropped),
      kernel: kernel + more.kernel,
      lost_from: row?.lost_from ?? (lost ? span.from : null),
      lost_to: lost ? span.to : (row?.lost_to ?? null),
    })
  }
}

interface Span {
  readonly from: string
  readonly to: string
}

/** Devices with gaps in one minute; more of them would only fill the ledger, their counts stand with the senders. */
const MOST_GAPS = 100

function sumOf(left: CountRow['dropped'], right: CountRow['dropped']): CountRow['dropped'] {
  const sum = { ...left }
  for (const reason of DROP_REASONS) {
    const more = right[reason] ?? 0
    if (more > 0) sum[reason] = (sum[reason] ?? 0) + more
  }
  return sum
}

function time(ms: number): string {
  return new Date(ms).toISOString()
}
