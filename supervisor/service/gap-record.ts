import type { ExitReport } from '../control/control-protocol.ts'
import type { Ledger } from '../record/ledger.ts'
import type { HeldSockets } from '../sockets/held-sockets.ts'
import type { Surroundings } from '../surroundings.ts'

/** Ends that wait for the next `ready`; a service that fails for ever does not grow it. */
const MAX_OPEN = 50

/** The end of a life, and where the account of its gap began. */
export interface LifeEnd {
  /** Number of the ledger's entry; null when it could not be written. */
  readonly id: number | null
  readonly atMs: number
  /** What the kernel had dropped on each socket by then. */
  readonly drops: Readonly<Record<string, number>>
  readonly exit: ExitReport
}

/** What a new life tells of the gap before it. */
export interface GapAccount {
  /** Datagrams that it found waiting. */
  readonly waited: number
  /** What the kernel had dropped on its datagram sockets when it began to count, since they were opened; null = not told. */
  readonly droppedBefore: number | null
}

/** All that is known of one service's gaps, as plain data. */
export interface Gaps {
  /** Ends whose gap goes on, oldest first. */
  readonly open: readonly LifeEnd[]
  /** Those that the last `ready` closed. */
  readonly closed: readonly LifeEnd[]
}

export const NO_GAPS: Gaps = { open: [], closed: [] }

/** Keeps the account of one service's gaps: from the death of a process to the next one that is ready, and what it cost. */
export class GapRecord {
  readonly #service: string
  readonly #ledger: Ledger
  readonly #sockets: HeldSockets
  #gaps: Gaps

  /** @param gaps as an earlier program of this process had them */
  constructor(
    service: string,
    { ledger, sockets, gapsOf }: Pick<Surroundings, 'ledger' | 'sockets' | 'gapsOf'>,
    gaps = gapsOf(service),
  ) {
    this.#service = service
    this.#ledger = ledger
    this.#sockets = sockets
    this.#gaps = gaps
  }

  /** All of it, as plain data. */
  get gaps(): Gaps {
    return this.#gaps
  }

  /** The newest end since the supervisor began. */
  get lastExit(): ExitReport | null {
    const { open, closed } = this.#gaps
    return (open.at(-1) ?? closed.at(-1))?.exit ?? null
  }

  /**
   * A life ended.
   *
   * @param nowMs monotonic
   * @returns the number of the ledger's entry
   */
  ended(life: number, exit: ExitReport, lastLines: readonly string[], nowMs: number): number | null {
    const id = this.#ledger.add(this.#service, life, exit, lastLines)
    const end = { id, atMs: nowMs, drops: this.#drops(), exit }
    this.#gaps = { ...this.#gaps, open: [...this.#gaps.open, end].slice(-MAX_OPEN) }
    return id
  }

  /** The service is ready again: the gaps are over. */
  ready(nowMs: number): void {
    const { open } = this.#gaps
    if (open.length === 0) return
    const drops = this.#drops()
    const queued = this.#waitingConnections()
    const closed = open.map((end): LifeEnd => {
      const gapMs = Math.round((nowMs - end.atMs) * 10) / 10
      return { ...end, exit: { ...end.exit, gap_ms: gapMs, dropped: dropsSince(end.drops, drops), queued } }
    })
    for (const end of closed) this.#write(end)
    this.#gaps = { open: [], closed }
  }

  /**
   * The daemon told how many datagrams had waited for it, and what the kernel had dropped until it began to count itself:
   * those dropped since then are in its own counters and no more in the gap. Told twice, more have waited.
   */
  told(account: GapAccount): void {
    const drops = this.#drops()
    const closed = this.#gaps.closed.map((end): LifeEnd => {
      const queued = Math.max(end.exit.queued ?? 0, account.waited)
      const dropped =
        account.droppedBefore === null ? end.exit.dropped : (account.droppedBefore - sumOf(end.drops, drops)) >>> 0
      if (queued === end.exit.queued && dropped === end.exit.dropped) return end
      const counted = { ...end, exit: { ...end.exit, queued, dropped } }
      this.#write(counted)
      return counted
    })
    this.#gaps = { ...this.#gaps, closed }
  }

  #write({ id, exit }: LifeEnd): void {
    if (id === null) return
    this.#ledger.complete(id, { gapMs: exit.gap_ms ?? 0, queued: exit.queued, dropped: exit.dropped })
  }

  #drops(): Readonly<Record<string, number>> {
    return orElse(() => this.#sockets.drops(this.#service), {})
  }

  /** null when there is no socket that connections could wait in. */
  #waitingConnections(): number | null {
    const listening = this.#sockets
      .of(this.#service)
      .some(({ opened: { url } }) => url.scheme === 'tcp' || url.scheme === 'tls')
    return listening ? orElse(() => this.#sockets.waitingConnections(this.#service), null) : null
  }
}

/** A socket that was opened meanwhile began at zero; one that was closed took its count along. */
function dropsSince(before: Readonly<Record<string, number>>, now: Readonly<Record<string, number>>): number {
  return Object.entries(now).reduce((sum, [socket, drops]) => {
    // The kernel counts in 32 bits; a count that went back is that of a socket opened anew.
    const more = (drops - (before[socket] ?? 0)) >>> 0
    return sum + (more < 2 ** 31 ? more : drops)
  }, 0)
}

/** The count on those sockets that are still there. */
function sumOf(before: Readonly<Record<string, number>>, now: Readonly<Record<string, number>>): number {
  return Object.keys(now).reduce((sum, socket) => sum + (before[socket] ?? 0), 0)
}

/** A counter that the kernel does not tell is no reason to fail. */
function orElse<T>(read: () => T, otherwise: T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}
