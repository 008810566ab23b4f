/** Longest line of output passed on. */
const MAX_LINE_BYTES = 64 * 1024
const LINE_FEED = 10
const CUT_MARK = ' …'

/** The beginning of a line whose end has not come yet. */
export interface LineFragment {
  /** Base64: the cut may lie inside a character. */
  readonly bytes: string
  /** The line is too long already: what follows of it is left out. */
  readonly skipping: boolean
}

export const NO_FRAGMENT: LineFragment = { bytes: '', skipping: false }

/** Cuts a stream of bytes into lines; holds at most one unfinished line, of bounded length. */
export class LineSplitter {
  #parts: Buffer[] = []
  #length = 0
  #skipping = false
  #ended = 0
  readonly #maxBytes: number

  /**
   * @param fragment what another splitter of the same stream had left
   * @param maxBytes the longest line; the rest of a longer one is cut off
   */
  constructor(fragment = NO_FRAGMENT, maxBytes = MAX_LINE_BYTES) {
    this.#maxBytes = maxBytes
    const bytes = Buffer.from(fragment.bytes, 'base64')
    if (bytes.length > 0) this.#keep(bytes)
    this.#skipping ||= fragment.skipping
  }

  /** What it holds of an unfinished line. */
  get fragment(): LineFragment {
    return { bytes: Buffer.concat(this.#parts).toString('base64'), skipping: this.#skipping }
  }

  /** Line ends met so far, those of empty lines too. */
  get ended(): number {
    return this.#ended
  }

  /**
   * Takes the next piece of the stream; it is copied where it must be kept.
   *
   * @returns the lines that it completes, without line ends; empty ones are left out
   */
  push(chunk: Buffer): readonly string[] {
    const lines: string[] = []
    let start = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      this.#keep(chunk.subarray(start, end))
      this.#finish(lines)
      start = end + 1
      if (chunk.length <= this.#maxBytes) {
        // None of the others can be too long: a flood of short lines costs a fraction when decoded at once.
        const last = chunk.lastIndexOf(LINE_FEED)
        if (last < start) break
        const texts = chunk.toString('utf8', start, last).split('\n')
        for (const text of texts) addLine(lines, text)
        this.#ended += texts.length
        start = last + 1
        break
      }
    }
    if (start < chunk.length) this.#keep(Buffer.from(chunk.subarray(start)))
    return lines
  }

  /** The stream ended: what is left is the last line. */
  end(): readonly string[] {
    const lines: string[] = []
    this.#finish(lines)
    return lines
  }

  #keep(piece: Buffer): void {
    if (this.#skipping) return
    const room = this.#maxBytes - this.#length
    if (piece.length > room) this.#skipping = true
    this.#parts.push(piece.subarray(0, room))
    this.#length += Math.min(room, piece.length)
  }

  #finish(lines: string[]): void {
    const [first] = this.#parts
    const bytes = this.#parts.length === 1 && first !== undefined ? first : Buffer.concat(this.#parts)
    addLine(lines, bytes.toString('utf8'), this.#skipping)
    this.#ended += 1
    this.#parts = []
    this.#length = 0
    this.#skipping = false
  }
}

/** Leaves out the carriage return of a line, and empty lines. */
function addLine(lines: string[], text: string, cut = false): void {
  const line = text.endsWith('\r') ? text.slice(0, -1) : text
  if (line !== '') lines.push(cut ? line + CUT_MARK : line)
}

/** The newest lines of a service, each cut to a length that can be shown. */
export class RecentLines {
  readonly #lines: string[]

  /** @param lines what was newest before, oldest first */
  constructor(lines: readonly string[] = []) {
    this.#lines = [...lines]
  }

  add(line: string): void {
    this.#lines.push(line.length > 2_000 ? line.slice(0, 2_000) + CUT_MARK : line)
    if (this.#lines.length > 50) this.#lines.shift()
  }

  /** Oldest first. */
  all(): readonly string[] {
    return [...this.#lines]
  }
}
