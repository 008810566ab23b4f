const LINES_PER_MINUTE = 10

/** Keeps what the network makes happen from filling the log. */
export class LineLimit {
  #minute = 0
  #written = 0

  /** Whether one more line may be written in this minute. */
  mayTell(monotonicMs: number): boolean {
    const minute = Math.floor(monotonicMs / 60_000)
    if (minute !== this.#minute) this.#written = 0
    this.#minute = minute
    this.#written += 1
    return this.#written <= LINES_PER_MINUTE
  }
}
