/**
 * Parts what a child process writes into lines, at LF alone: `node:readline` also ends a line at U+2028 and U+2029, which JSON
 * allows inside a string.
 *
 * @attack a text from the network, or the engine's error that repeats it, is no end of a line
 */
export class ChildLines {
  readonly #most: number
  #rest: string[] = []
  #held = 0

  /** @param most UTF-16 units of an unfinished line that are kept */
  constructor(most = Number.POSITIVE_INFINITY) {
    this.#most = most
  }

  /** Takes the next piece and gives the lines it ends, without LF. @throws Error when a line grows too long */
  push(piece: string): string[] {
    const lines = piece.split('\n')
    const rest = lines.pop() ?? ''
    const [first] = lines
    if (first !== undefined) {
      lines[0] = this.#rest.join('') + first
      this.#rest = []
      this.#held = 0
    }
    this.#rest.push(rest)
    this.#held += rest.length
    if (this.#held > this.#most) throw new Error(`a line of more than ${this.#most} characters`)
    return lines
  }
}
