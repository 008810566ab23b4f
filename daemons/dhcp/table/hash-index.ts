const START_SLOTS = 16
/** Of the slots, what may be filled before they are doubled. */
const FULL = 0.65

/**
 * Numbers by key, many thousands of them without an object for each: 8 octets and some room. Several values may share a
 * key, as when the key is a hash. Open addressing, so that what is deleted leaves no gap behind.
 */
export class HashIndex {
  /** Of each slot its key, then its value plus one; 0 = empty. */
  #slots = new Uint32Array(2 * START_SLOTS)
  #mask = START_SLOTS - 1
  #size = 0

  get size(): number {
    return this.#size
  }

  /**
   * The value of a key.
   *
   * @param isIt tells the one that is meant from others of its key; without it there is only one
   * @returns -1 when there is none
   */
  find(key: number, isIt?: (value: number) => boolean): number {
    const slots = this.#slots
    for (let at = this.#home(key); ; at = (at + 1) & this.#mask) {
      const value = (slots[2 * at + 1] ?? 0) - 1
      if (value < 0) return -1
      if (slots[2 * at] === key && (isIt === undefined || isIt(value))) return value
    }
  }

  /**
   * Adds a value that is not there yet under its key.
   *
   * @param key unsigned, 32 bits
   * @param value unsigned, below 2^32 - 1
   */
  add(key: number, value: number): void {
    if (this.#size >= FULL * (this.#mask + 1)) this.#double()
    this.#fill(key, value)
    this.#size++
  }

  /** Takes out one value of a key; false when it is not there. */
  delete(key: number, value: number): boolean {
    const slots = this.#slots
    let at = this.#home(key)
    for (; slots[2 * at] !== key || slots[2 * at + 1] !== value + 1; at = (at + 1) & this.#mask)
      if (slots[2 * at + 1] === 0) return false
    this.#close(at)
    this.#size--
    return true
  }

  /** Spreads keys that lie side by side, as addresses do. */
  #home(key: number): number {
    const mixed = Math.imul(key, 0x9e3779b1)
    return (mixed ^ (mixed >>> 15)) & this.#mask
  }

  #fill(key: number, value: number): void {
    let at = this.#home(key)
    while (this.#slots[2 * at + 1] !== 0) at = (at + 1) & this.#mask
    this.#slots[2 * at] = key
    this.#slots[2 * at + 1] = value + 1
  }

  /** Empties a slot and moves up those behind it that would not be found past the gap. */
  #close(slot: number): void {
    const slots = this.#slots
    let gap = slot
    for (let at = (gap + 1) & this.#mask; slots[2 * at + 1] !== 0; at = (at + 1) & this.#mask) {
      const key = slots[2 * at] ?? 0
      const fromHome = (at - this.#home(key)) & this.#mask
      if (fromHome < ((at - gap) & this.#mask)) continue
      slots[2 * gap] = key
      slots[2 * gap + 1] = slots[2 * at + 1] ?? 0
      gap = at
    }
    slots[2 * gap + 1] = 0
  }

  #double(): void {
    const before = this.#slots
    this.#slots = new Uint32Array(2 * before.length)
    this.#mask = this.#slots.length / 2 - 1
    for (let at = 0; at < before.length; at += 2) {
      const value = before[at + 1] ?? 0
      if (value !== 0) this.#fill(before[at] ?? 0, value - 1)
    }
  }
}
