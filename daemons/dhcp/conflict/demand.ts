/** Addresses known about ahead of their turn. */
const LEAST = 3
const MOST = 1024

/** How many addresses are to be known about ahead: twice as many as new clients took in the time that an answer takes. */
export class Demand {
  readonly #periodMs: number
  #beganMs = Number.NEGATIVE_INFINITY
  #taken = 0
  #takenBefore = 0

  constructor(periodMs: number) {
    this.#periodMs = periodMs
  }

  /** Counts an address taken. @returns how many are to be known about now */
  take(nowMs: number): number {
    const age = nowMs - this.#beganMs
    if (age >= this.#periodMs) {
      this.#takenBefore = age < 2 * this.#periodMs ? this.#taken : 0
      this.#taken = 0
      this.#beganMs = nowMs
    }
    this.#taken += 1
    return Math.min(MOST, Math.max(LEAST, 2 * Math.max(this.#taken, this.#takenBefore)))
  }
}
