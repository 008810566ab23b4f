import { RowCursor } from '../archive/sealed-row.ts'
import type { SealedGroup } from '../archive/sealed-segment.ts'
import type { TextColumn } from '../parquet/text-column.ts'
import { formatLogText, formatSeverity, visible } from './log-text.ts'
import { hostOf } from './message-test.ts'
import { SealedMessage } from './sealed-message.ts'
import type { TextBytes } from './text-bytes.ts'

/**
 * Writes some rows of a sealed group as `formatLogText` does, mostly without making text of bytes and bytes of text again: by that
 * a line takes a tenth of the time.
 */
export class RowText {
  readonly #group: SealedGroup
  readonly #cursor: RowCursor
  readonly #rows: Int32Array
  readonly #here: string
  readonly #colour: boolean
  readonly #times: Float64Array
  readonly #hosts: Cells
  /** Only where a row names no host. */
  #senders: ShownWords | null = null
  readonly #apps: Cells
  readonly #procIds: Cells
  readonly #severities: ShownWords
  readonly #texts: Cells

  /**
   * @param group one without whole lines
   * @param rows those that may be written, growing
   */
  constructor(group: SealedGroup, rows: Int32Array, here: string, colour: boolean) {
    this.#group = group
    this.#cursor = new RowCursor(group)
    this.#rows = rows
    this.#here = here
    this.#colour = colour
    this.#times = group.numbers('rt')
    this.#hosts = new Cells(group.pick('host', rows))
    this.#apps = new Cells(group.pick('app', rows))
    this.#procIds = new Cells(group.pick('procid', rows))
    this.#severities = new ShownWords(group.pick('severity', rows), (word) => formatSeverity(word, colour))
    this.#texts = new Cells(group.pick('msg', rows))
  }

  /** Adds the row `rows[index]` with its LF. */
  add(index: number, into: TextBytes): void {
    const start = into.length
    if (this.#addPlain(index, into)) return
    into.cutTo(start)
    this.#cursor.row = this.#rows[index] ?? 0
    into.addText(formatLogText(new SealedMessage(this.#cursor), this.#here, this.#colour))
  }

  /** @returns false when it has something that must not be shown as it is: then what was added is to be cut off */
  #addPlain(index: number, into: TextBytes): boolean {
    addTime(this.#times[this.#rows[index] ?? 0] ?? 0, into)
    into.addByte(SPACE)
    if (!(this.#hosts.has(index) ? this.#hosts : this.#openSenders()).add(index, into)) return false
    into.addByte(SPACE)
    if (!this.#apps.has(index)) into.addByte(DASH)
    else if (!this.#apps.add(index, into)) return false
    if (this.#procIds.has(index)) {
      into.addByte(OPEN)
      if (!this.#procIds.add(index, into)) return false
      into.addByte(CLOSE)
    }
    into.addByte(SPACE)
    if (!this.#severities.add(index, into)) return false
    into.addByte(SPACE)
    if (!this.#texts.add(index, into)) return false
    into.addByte(LF)
    return true
  }

  #openSenders(): ShownWords {
    const show = (src: string): string => visible(hostOf({ host: null, src }, this.#here))
    this.#senders ??= new ShownWords(this.#group.pick('src', this.#rows), show)
    return this.#senders
  }
}

/** A column whose texts are shown as they are. */
class Cells {
  readonly #codes: Int32Array | null
  readonly #bytes: Buffer
  readonly #starts: Int32Array
  readonly #ends: Int32Array

  constructor({ codes, bytes, starts, ends }: TextColumn) {
    this.#codes = codes
    this.#bytes = bytes
    this.#starts = starts
    this.#ends = ends
  }

  has(row: number): boolean {
    return ((this.#codes ?? this.#starts)[row] ?? -1) >= 0
  }

  /** @returns false when it has no text, or one that is not printable ASCII */
  add(row: number, into: TextBytes): boolean {
    const index = this.#codes === null ? row : (this.#codes[row] ?? -1)
    const start = this.#starts[index] ?? -1
    return start >= 0 && into.addPrintable(this.#bytes, start, this.#ends[index] ?? 0)
  }
}

/** A column of few words that are shown as something else. */
class ShownWords {
  readonly #column: TextColumn
  /** What is shown for a word, once it was. */
  readonly #shown: Uint8Array[] = []
  readonly #show: (word: string) => string

  constructor(column: TextColumn, show: (word: string) => string) {
    this.#column = column
    this.#show = show
  }

  /** @returns false when it has none of them */
  add(row: number, into: TextBytes): boolean {
    const code = this.#column.codes?.[row] ?? -1
    let shown = this.#shown[code]
    if (shown === undefined) {
      const word = this.#column.words[code]
      if (word === undefined) return false
      shown = Buffer.from(this.#show(word))
      this.#shown[code] = shown
    }
    into.addBytes(shown)
    return true
  }
}

/** `2026-01-31T12:00:00.123Z`; most lines share the minute with the one before. */
function addTime(micros: number, into: TextBytes): void {
  const minute = Math.floor(micros / 60e6)
  if (minute !== last.minute) {
    last.minute = minute
    last.head = Buffer.from(new Date(minute * 60_000).toISOString().slice(0, 17))
  }
  into.addBytes(last.head)
  const ms = Math.floor((micros - minute * 60e6) / 1000)
  const seconds = Math.floor(ms / 1000)
  into.addByte(ZERO + Math.floor(seconds / 10))
  into.addByte(ZERO + (seconds % 10))
  into.addByte(DOT)
  into.addByte(ZERO + (Math.floor(ms / 100) % 10))
  into.addByte(ZERO + (Math.floor(ms / 10) % 10))
  into.addByte(ZERO + (ms % 10))
  into.addByte(ZULU)
}

const last = { minute: Number.NaN, head: Buffer.alloc(0) }
const [LF, SPACE, DASH, DOT, ZERO, ZULU, OPEN, CLOSE] = [10, 32, 45, 46, 48, 90, 91, 93]
