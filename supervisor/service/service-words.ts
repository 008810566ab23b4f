import type { Child } from '../child/child.ts'
import { RecentLines } from '../child/child-lines.ts'
import { lastErrorIn } from '../record/last-error.ts'
import type { Ledger } from '../record/ledger.ts'

/** What one life says. */
interface LifeWords {
  readonly lines: RecentLines
  /** The dead process whose output is not read to its end. */
  dying: Child | null
  /** Where its end was written down. */
  ledgerId: number | null
}

/**
 * What a service says, life by life: the output of a dead process may go on while the next one speaks already, and is
 * none of its words.
 */
export class ServiceWords {
  readonly #ledger: Ledger
  readonly #lives = new Map<number, LifeWords>()
  #present: LifeWords

  /** @param lines the newest lines of that life so far, oldest first */
  constructor(ledger: Ledger, life = 0, lines: readonly string[] = []) {
    this.#ledger = ledger
    this.#present = { lines: new RecentLines(lines), dying: null, ledgerId: null }
    this.#lives.set(life, this.#present)
  }

  /** The next life begins. */
  begin(life: number): void {
    for (const [earlier, { dying }] of this.#lives) if (dying === null) this.#lives.delete(earlier)
    this.#present = { lines: new RecentLines(), dying: null, ledgerId: null }
    this.#lives.set(life, this.#present)
  }

  add(life: number, line: string): void {
    this.#lives.get(life)?.lines.add(line)
  }

  /** The newest lines of the present life, oldest first. */
  lines(): readonly string[] {
    return this.#present.lines.all()
  }

  /** What the newest error in the present life says; null when there was none. */
  lastError(): string | null {
    return lastErrorIn(this.lines())
  }

  /** A process ended; its last words often arrive after that. */
  died(life: number, child: Child): void {
    const words = this.#lives.get(life)
    if (words !== undefined && !child.silent) words.dying = child
  }

  /** The end of the present life was written down under this number: it gets the last words too. */
  recorded(ledgerId: number | null): void {
    this.#present.ledgerId = ledgerId
  }

  /** The outputs of that life are read to their end. */
  fellSilent(life: number): void {
    const words = this.#lives.get(life)
    if (words === undefined) return
    words.dying = null
    if (words.ledgerId !== null) this.#ledger.setLines(words.ledgerId, words.lines.all())
  }

  /** Takes what is in the pipes of the dead as their last words, without waiting for more. */
  finish(): void {
    for (const { dying } of [...this.#lives.values()]) dying?.finish()
  }
}
