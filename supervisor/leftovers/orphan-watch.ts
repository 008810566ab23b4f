import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { becomeSubreaper } from '../../daemons/linux/process-control.ts'
import { reapStrangers, type Stranger, walkStrangers } from './strangers.ts'

/** How much is done before everybody else has a turn: about a millisecond each. */
const REAPED_PER_TURN = 256
const SEEN_PER_TURN = 64
/** A zombie that somebody else waits for is reaped soon; those behind it are looked for after that. */
const KNOWN_FIRST_MS = 5
/** Rounds of killing: at first without a pause, since what forks faster than we look gets away. */
const QUICK_ROUNDS = 50
const SLOW_ROUNDS = 50
const SLOW_ROUND_MS = 100

/** What we started ourselves, as far as it lives. */
export interface Descendants {
  /** Pids that somebody waits for. */
  known(): ReadonlySet<number>
  /** Whether the life of this mark has ended; false for a mark that is not of ours. */
  isOver(mark: string): boolean
}

/** Those of two, each of whom speaks for its own. */
export function together(one: Descendants, other: Descendants): Descendants {
  return {
    known: () => new Set([...one.known(), ...other.known()]),
    isOver: (mark) => one.isOver(mark) && other.isOver(mark),
  }
}

/** Reaps orphans of our services, and ends those whose life is over. */
export class OrphanWatch {
  readonly #ours: Descendants
  readonly #limits: string[] = []
  readonly #onChild = (): void => this.#reapSoon()
  #reaping: Promise<void> | null = null
  #sweeping: Promise<void> | null = null
  #again = false
  readonly #awaited = new Set<Promise<void>>()

  constructor(ours: Descendants) {
    this.#ours = ours
    try {
      becomeSubreaper()
    } catch (error) {
      this.#limits.push(
        `orphans of services cannot be found: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
    process.on('SIGCHLD', this.#onChild)
  }

  /** What could not be had, in words. */
  get limits(): readonly string[] {
    return this.#limits
  }

  /**
   * Ends what lives on of lives that are over: most of it before this returns, the rest soon after.
   *
   * @param gone what else must be awaited
   */
  sweep(gone?: Promise<void>): void {
    this.#reapSoon()
    if (gone !== undefined) this.#await(gone)
    this.#again = true
    this.#sweeping ??= this.#sweepAll().finally(() => {
      this.#sweeping = null
      if (this.#again) this.sweep()
    })
  }

  /** Resolves when nothing is left to be swept, or cannot be ended by any signal. */
  async swept(): Promise<void> {
    await Promise.all([this.#sweeping, ...this.#awaited])
  }

  close(): void {
    process.off('SIGCHLD', this.#onChild)
  }

  #await(gone: Promise<void>): void {
    this.#awaited.add(gone)
    void gone.finally(() => this.#awaited.delete(gone))
  }

  #reapSoon(): void {
    this.#reaping ??= this.#reapAll().finally(() => {
      this.#reaping = null
    })
  }

  async #reapAll(): Promise<void> {
    // Node hears of the same signal and reaps its own first.
    await nextTurn()
    while (reapStrangers(this.#ours.known(), REAPED_PER_TURN) === 'some') await pause(KNOWN_FIRST_MS)
  }

  async #sweepAll(): Promise<void> {
    for (let round = 0; this.#again && round < QUICK_ROUNDS + SLOW_ROUNDS; round++) {
      this.#again = false
      if (!(await this.#isSwept())) this.#again = true
      await (round < QUICK_ROUNDS ? nextTurn() : pause(SLOW_ROUND_MS))
    }
    this.#again = false
  }

  /** One round. @returns false when something was killed, or about to die: it may have forked meanwhile */
  async #isSwept(): Promise<boolean> {
    let seen = 0
    let swept = true
    for (const stranger of walkStrangers(this.#ours.known())) {
      if (stranger.dying || (this.#isLeftOver(stranger) && kill(stranger.pid))) swept = false
      seen += 1
      if (seen % SEEN_PER_TURN === 0) await nextTurn()
    }
    return swept
  }

  #isLeftOver({ mark }: Stranger): boolean {
    return mark !== null && this.#ours.isOver(mark)
  }
}

/** False when it went by itself. */
function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL')
    return true
  } catch {
    return false
  }
}
