import type { Counters } from '../runtime/contract.ts'

/** Counts requests: each once in `requests` and once by the class of its status; the supervisor's probes apart. */
export class RequestTally {
  #requests = 0
  #simple = 0
  #badRequest = 0
  #probes = 0
  #turnedAway = 0
  readonly #classes = [0, 0, 0, 0, 0, 0]

  /** A request answered with `status`; `simple` = it had no version. */
  count(status: number, simple: boolean): void {
    this.#requests += 1
    if (simple) this.#simple += 1
    const hundreds = Math.floor(status / 100)
    this.#classes[hundreds] = (this.#classes[hundreds] ?? 0) + 1
  }

  /** Octets that were no request, or came too slowly to become one. */
  countBad(): void {
    this.#badRequest += 1
  }

  /** A connection for which there was no seat. */
  countTurnedAway(): void {
    this.#turnedAway += 1
  }

  countProbe(): void {
    this.#probes += 1
  }

  counters(): Counters {
    return {
      requests: this.#requests,
      simple: this.#simple,
      bad_request: this.#badRequest,
      probes: this.#probes,
      turned_away: this.#turnedAway,
      status_2xx: this.#classes[2] ?? 0,
      status_3xx: this.#classes[3] ?? 0,
      status_4xx: this.#classes[4] ?? 0,
      status_5xx: this.#classes[5] ?? 0,
    }
  }
}
