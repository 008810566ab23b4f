import type { ExitReport } from './control-protocol.ts'
import type { HeldSockets } from './held-sockets.ts'
import type { Ledger } from './ledger.ts'

/** Ends that wait for the next `ready`; a service that fails for ever does not grow it. */
const MAX_OPEN = 50

interface OpenEnd {
  readonly id: number | null
  readonly atMs: number
  readonly drops: number
  exit: ExitReport
}

/** Keeps the account of one service's gaps: from the death of a process to the next one that is ready, and what it cost. */
export class GapRecord {
  readonly #service: string
  readonly #ledger: Ledger
  readonly #sockets: HeldSockets
  #open: OpenEnd[] = []
  #closed: OpenEnd[] = []
  #last: OpenEnd | null = null

  constructor(service: string, ledger: Ledger, sockets: HeldSockets) {
    this.#service = service
    this.#ledger = ledger
    this.#sockets = sockets
  }

  /** The newest end since the supervisor began. */
  get lastExit(): ExitReport | null {
    return this.#last?.exit ?? null
  }

  /**
   * A life ended.
   *
   * @param nowMs monotonic
   * @returns the number of the ledger's entry
   */
  ended(life: number, exit: ExitReport, lastLines: readonly string[], nowMs: number): number | null {
    const id = this.#ledger.add(this.#service, life, exit, lastLines)
    this.#last = { id, atMs: nowMs, drops: this.#drops(), exit }
    this.#open.push(this.#last)
    if (this.#open.length > MAX_OPEN) this.#open.shift()
    return id
  }

  /** The service is ready again: the gaps are over. */
  ready(nowMs: number): void {
    const drops = this.#drops()
    const waiting = this.#waitingConnections()
    for (const end of this.#open) {
      end.exit = {
        ...end.exit,
        gap_ms: Math.round((nowMs - end.atMs) * 10) / 10,
        dropped: drops - end.drops,
        queued: waiting,
      }
      this.#write(end)
    }
    this.#closed = this.#open
    this.#open = []
  }

  /** The daemon told how many datagrams had waited for it; told twice, the greater number counts. */
  waited(datagrams: number): void {
    for (const end of this.#closed) {
      const queued = Math.max(end.exit.queued ?? 0, datagrams)
      if (queued === end.exit.queued) continue
      end.exit = { ...end.exit, queued }
      this.#write(end)
    }
  }

  #write({ id, exit }: OpenEnd): void {
    if (id === null) return
    this.#ledger.complete(id, { gapMs: exit.gap_ms ?? 0, queued: exit.queued, dropped: exit.dropped })
  }

  #drops(): number {
    return orElse(() => this.#sockets.drops(this.#service), 0)
  }

  /** null when there is no socket that connections could wait in. */
  #waitingConnections(): number | null {
    const listening = this.#sockets.of(this.#service).some(({ opened }) => opened.url.scheme === 'tcp')
    return listening ? orElse(() => this.#sockets.waitingConnections(this.#service), null) : null
  }
}

/** A counter that the kernel does not tell is no reason to fail. */
function orElse<T>(read: () => T, otherwise: T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}
