import type { MessageType } from './message.ts'

/** Message types that clients send; each is a counter. */
const TYPES: readonly MessageType[] = ['DISCOVER', 'REQUEST', 'DECLINE', 'RELEASE', 'INFORM']
const ANSWERS: readonly string[] = ['offer', 'ack', 'nak', 'bootp_reply', 'declined', 'released']
/** Everything else that becomes of a message is a way of not being served. */
const SERVED: ReadonlySet<string> = new Set([...TYPES.map((type) => type.toLowerCase()), ...ANSWERS, 'probes'])

/** Counts messages by type and by what became of them; names come from the code, never from the network. */
export class Tally {
  readonly #counts = new Map<string, number>()

  constructor() {
    for (const name of SERVED) this.#counts.set(name, 0)
    for (const name of ['store_failed', 'send_failed']) this.#counts.set(name, 0)
  }

  count(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  /** All counts, and `dropped`: the sum of all that were not served. */
  counters(): Record<string, number> {
    let dropped = 0
    for (const [name, count] of this.#counts) if (!SERVED.has(name)) dropped += count
    return { ...Object.fromEntries(this.#counts), dropped }
  }
}
