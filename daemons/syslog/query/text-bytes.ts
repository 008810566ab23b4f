/** Bytes that grow. */
export class TextBytes {
  #bytes: Buffer
  #length = 0

  /** @param expected how many there may be; each growth copies all */
  constructor(expected: number) {
    this.#bytes = Buffer.allocUnsafe(Math.max(64, expected))
  }

  /** Borrowed: what is added later may lie in them. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  get length(): number {
    return this.#length
  }

  /** Forgets what was written behind `length`. */
  cutTo(length: number): void {
    this.#length = length
  }

  addText(text: string): void {
    const count = Buffer.byteLength(text)
    this.#makeRoom(count)
    this.#bytes.write(text, this.#length)
    this.#length += count
  }

  /** Adds `from[start, end)` if it is printable ASCII all through. @returns whether it was */
  addPrintable(from: Uint8Array, start: number, end: number): boolean {
    this.#makeRoom(end - start)
    const into = this.#bytes
    let to = this.#length
    for (let at = start; at < end; at++) {
      const byte = from[at] ?? 0
      if (byte < 0x20 || byte > 0x7e) return false
      into[to++] = byte
    }
    this.#length = to
    return true
  }

  addByte(byte: number): void {
    if (this.#length === this.#bytes.length) this.#makeRoom(1)
    this.#bytes[this.#length++] = byte
  }

  /** Adds all of `from`, which is short. */
  addBytes(from: Uint8Array): void {
    const count = from.length
    this.#makeRoom(count)
    const into = this.#bytes
    const to = this.#length
    for (let at = 0; at < count; at++) into[to + at] = from[at] ?? 0
    this.#length = to + count
  }

  #makeRoom(count: number): void {
    const least = this.#length + count
    if (least <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(least, 2 * this.#bytes.length))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}
