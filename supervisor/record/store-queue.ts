/** One log line of our own processes on its way into the syslog store. */
export interface StoreLine {
  readonly service: string
  readonly wall_ms: number
  readonly line: string
}

/** What waits for the store, as plain data. */
export interface WaitingLines {
  readonly lines: readonly StoreLine[]
  /** Lines lost and not yet reported in the log, by service. */
  readonly lost: readonly (readonly [string, number])[]
}

/** Asks the syslog daemon to store lines; rejects when it did not confirm. */
export type StoreLines = (lines: readonly StoreLine[]) => Promise<unknown>

const MAX_LINES = 10_000
const MAX_CHARACTERS = 8 * 1024 * 1024
const BATCH_LINES = 500
const BATCH_CHARACTERS = 512 * 1024
/** Lines in a burst and per second that one service may send; the store itself gets little, lest it feeds on its own errors. */
const ALLOWANCE = { burst: 5_000, perSecond: 2_000 }
const STORE_ALLOWANCE = { burst: 200, perSecond: 20 }

/**
 * Carries log lines to the store in batches, one batch at a time. While the store is down they wait, up to a bound; what
 * goes over a bound is counted and reported in the log itself. A batch that was not confirmed is sent again.
 */
export class StoreQueue {
  readonly #monotonicMs: () => number
  readonly #wallMs: () => number
  readonly #lines: StoreLine[] = []
  readonly #tokens = new Map<string, { left: number; atMs: number }>()
  readonly #lost = new Map<string, number>()
  #characters = 0
  #store: StoreLines | null = null
  #sending: Promise<void> | null = null
  #held = false

  constructor(clock: { readonly monotonicMs: () => number; readonly wallMs: () => number }) {
    this.#monotonicMs = clock.monotonicMs
    this.#wallMs = clock.wallMs
  }

  /** Lines lost so far and not yet reported in the log. */
  get lost(): number {
    return [...this.#lost.values()].reduce((sum, count) => sum + count, 0)
  }

  /** Lines that wait. */
  get size(): number {
    return this.#lines.length
  }

  add(service: string, line: string): void {
    const full = this.#lines.length >= MAX_LINES || this.#characters + line.length > MAX_CHARACTERS
    if (full || !this.#spend(service)) {
      this.#lost.set(service, (this.#lost.get(service) ?? 0) + 1)
      return
    }
    this.#push({ service, wall_ms: this.#wallMs(), line: ownCopy(line) })
    this.#send()
  }

  /** The store can be reached (or, with null, no more); told again, a refused batch is tried again. */
  connect(store: StoreLines | null): void {
    this.#store = store
    this.#send()
  }

  /** Sends nothing more; resolves when the batch under way, if any, is settled: no line is sent twice or not at all. */
  async hold(): Promise<void> {
    this.#held = true
    await this.flush()
  }

  /** Goes on after `hold`. */
  goOn(): void {
    this.#held = false
    this.#send()
  }

  /** What waits; complete only while held. */
  record(): WaitingLines {
    return { lines: [...this.#lines], lost: [...this.#lost] }
  }

  /** Takes over what waited in another queue. */
  adopt({ lines, lost }: WaitingLines): void {
    for (const line of lines) this.#push(line)
    for (const [service, count] of lost) this.#lost.set(service, count)
  }

  /** Resolves when everything that waits now was tried once. */
  async flush(): Promise<void> {
    while (this.#sending !== null) await this.#sending
  }

  #push(line: StoreLine): void {
    this.#lines.push(line)
    this.#characters += line.line.length
  }

  #spend(service: string): boolean {
    const { burst, perSecond } = service === 'syslog' ? STORE_ALLOWANCE : ALLOWANCE
    const nowMs = this.#monotonicMs()
    const tokens = this.#tokens.get(service) ?? { left: burst, atMs: nowMs }
    tokens.left = Math.min(burst, tokens.left + ((nowMs - tokens.atMs) * perSecond) / 1000)
    tokens.atMs = nowMs
    this.#tokens.set(service, tokens)
    if (tokens.left < 1) return false
    tokens.left -= 1
    return true
  }

  #send(): void {
    if (this.#sending !== null || this.#held || this.#store === null || this.#lines.length === 0) return
    this.#sending = this.#sendAll().finally(() => {
      this.#sending = null
    })
  }

  async #sendAll(): Promise<void> {
    // One turn later, so that lines of the same moment travel together.
    await Promise.resolve()
    while (this.#store !== null && !this.#held && this.#lines.length > 0) {
      this.#reportLost()
      const batch = this.#takeBatch()
      try {
        await this.#store(batch)
      } catch {
        this.#lines.unshift(...batch)
        for (const { line } of batch) this.#characters += line.length
        // Whoever connects the store (again) sets it going again: at the latest with its next heartbeat.
        this.#store = null
      }
    }
  }

  #takeBatch(): readonly StoreLine[] {
    let count = 0
    let characters = 0
    for (const { line } of this.#lines) {
      if (count === BATCH_LINES || (count > 0 && characters + line.length > BATCH_CHARACTERS)) break
      characters += line.length
      count += 1
    }
    this.#characters -= characters
    return this.#lines.splice(0, count)
  }

  #reportLost(): void {
    for (const [service, count] of this.#lost) {
      const line = JSON.stringify({
        level: 40,
        time: this.#wallMs(),
        msg: 'log lines lost',
        daemon: service,
        lost: count,
      })
      this.#push({ service: 'lanward', wall_ms: this.#wallMs(), line })
    }
    this.#lost.clear()
  }
}

/** A line of a flood is a view of all that was read with it, which would be kept alive by the one line that is kept. */
function ownCopy(line: string): string {
  return Buffer.from(line).toString()
}
