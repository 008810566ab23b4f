import type { ServiceReport } from '../control/control-protocol.ts'
import type { NumberedClient } from './numbered-client.ts'
import type { RequestsSeen } from './shared-promises.ts'
import { droppedBy } from './socket-marks.ts'

/** What still comes is waited for this long. */
const PATIENCE_MS = 3_000

/** Counters of what is received and on purpose not answered; those of a new process begin at 0. */
const REFUSALS = ['stale', 'rate_limited', 'denied', 'rejected'] as const

/** Sends numbered requests through the death of a daemon, and knows which were sent while it was dead. */
export class DeadTime {
  readonly #client: NumberedClient
  #sent: number
  #alive = 0

  /** @param sent how many the client has sent already */
  constructor(client: NumberedClient, sent: number) {
    this.#client = client
    this.#sent = sent
  }

  /** Sends one more, if the client may. */
  send(): void {
    if (this.#sent >= this.#client.budget) return
    this.#client.send()
    this.#sent += 1
  }

  /** From here on nobody answers: all that was sent so far was sent to a living daemon. */
  dies(): void {
    this.#alive = this.#sent
  }

  /**
   * Waits for the last answers and counts them.
   *
   * @param before the report on the process that died
   * @param look gives the report of this moment
   */
  async count(before: ServiceReport, look: () => Promise<ServiceReport>): Promise<RequestsSeen> {
    const answered = await this.#client.settle(PATIENCE_MS)
    const after = await look()
    let answeredAlive = 0
    for (const number of answered) if (number < this.#alive) answeredAlive += 1
    return {
      sentAlive: this.#alive,
      answeredAlive,
      sentDead: this.#sent - this.#alive,
      answeredDead: answered.size - answeredAlive,
      dropped: droppedBy(after) - droppedBy(before),
      refused: Object.fromEntries(REFUSALS.map((name) => [name, after.counters[name] ?? 0])),
    }
  }
}

/** Whether a service answers this client at all: the others would prove nothing. */
export async function answersAtAll(client: NumberedClient): Promise<boolean> {
  client.send()
  return (await client.settle(PATIENCE_MS)).size > 0
}
