/** Which of the requests sent so far were answered. */
export class AnswerBook {
  readonly #answered = new Set<number>()
  readonly #news = new Set<() => void>()
  #sent = 0

  /** Notes one more request and gives its number. */
  sent(): number {
    return this.#sent++
  }

  /** Notes an answer; a number that was never sent is none of ours. */
  answered(number: number): void {
    if (number >= this.#sent || this.#answered.has(number)) return
    this.#answered.add(number)
    for (const hear of this.#news) hear()
  }

  /** Resolves with the numbers answered, when all are or nothing new has come for `patienceMs`. */
  settle(patienceMs: number): Promise<ReadonlySet<number>> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        this.#news.delete(hear)
        resolve(this.#answered)
      }
      const hear = (): void => {
        timer.refresh()
        if (this.#answered.size === this.#sent) end()
      }
      const timer = setTimeout(end, patienceMs)
      this.#news.add(hear)
      if (this.#answered.size === this.#sent) end()
    })
  }
}
