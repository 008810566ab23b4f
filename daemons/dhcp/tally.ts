import type { MessageType } from './message/message.ts'

/** Message types that clients send; each is a counter. */
const TYPES: readonly MessageType[] = ['DISCOVER', 'REQUEST', 'DECLINE', 'RELEASE', 'INFORM']
const ANSWERS: readonly string[] = ['offer', 'ack', 'nak', 'bootp_reply', 'declined', 'released']
/** Everything else that becomes of a message is a way of not being served. */
const SERVED: ReadonlySet<string> = new Set([...TYPES.map((type) => type.toLowerCase()), ...ANSWERS, 'probes'])

/** The same of DHCPv6. */
export const SERVED6: ReadonlySet<string> = new Set([
  ...['solicit', 'request', 'confirm', 'renew', 'rebind', 'release', 'decline', 'information_request'],
  ...['advertise', 'reply', 'confirmed', 'not_on_link', 'released', 'declined', 'information', 'no_binding'],
  ...['use_multicast', 'probes'],
])

/** Counts messages by type and by what became of them; names come from the code, never from the network. */
export class Tally {
  readonly #counts = new Map<string, { count: number }>()
  readonly #served: ReadonlySet<string>

  constructor(served: ReadonlySet<string> = SERVED) {
    this.#served = served
    for (const name of served) this.#counts.set(name, { count: 0 })
    for (const name of ['store_failed', 'send_failed']) this.#counts.set(name, { count: 0 })
  }

  count(name: string): void {
    const counter = this.#counts.get(name)
    if (counter === undefined) this.#counts.set(name, { count: 1 })
    else counter.count += 1
  }

  /** All counts, and `dropped`: the sum of all that were not served. */
  counters(): Record<string, number> {
    const counters: Record<string, number> = {}
    let dropped = 0
    for (const [name, { count }] of this.#counts) {
      counters[name] = count
      if (!this.#served.has(name)) dropped += count
    }
    return { ...counters, dropped }
  }
}
