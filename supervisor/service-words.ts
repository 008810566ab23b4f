import type { Child } from './child.ts'
import { RecentLines } from './child-lines.ts'
import type { Ledger } from './ledger.ts'

/** What a service says: its newest lines, and what its dead processes had still in their pipes. */
export class ServiceWords {
  readonly #ledger: Ledger
  readonly #lines: RecentLines
  /** Dead processes whose output is not read to its end, by life. */
  readonly #dying = new Map<number, Child>()
  #ledgerId: number | null = null

  /** @param lines the newest lines so far, oldest first */
  constructor(ledger: Ledger, lines: readonly string[] = []) {
    this.#ledger = ledger
    this.#lines = new RecentLines(lines)
  }

  add(line: string): void {
    this.#lines.add(line)
  }

  /** The newest lines, oldest first. */
  lines(): readonly string[] {
    return this.#lines.all()
  }

  /** A process ended; its last words often arrive after that. */
  died(life: number, child: Child): void {
    if (!child.silent) this.#dying.set(life, child)
  }

  /** The end was written down under this number: it gets the last words too. */
  recorded(ledgerId: number | null): void {
    this.#ledgerId = ledgerId
  }

  /** The outputs of that life are read to their end. */
  fellSilent(life: number): void {
    this.#dying.delete(life)
    if (this.#ledgerId !== null) this.#ledger.setLines(this.#ledgerId, this.#lines.all())
    this.#ledgerId = null
  }

  /** Takes what is in the pipes of the dead as their last words, without waiting for more. */
  finish(): void {
    for (const child of [...this.#dying.values()]) child.finish()
  }
}
