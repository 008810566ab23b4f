import { isDigit } from './iso-time.ts'
import type { TimeReading } from './timestamp.ts'

/** Remembers how the last time in the form of RFC 3164 was read: most messages of a second say the same. */
export class RecentTime {
  #text = ''
  #second = -1
  #reading: TimeReading | null = null

  /** The reading at `start`, when the same 15 letters stood there in this second of receipt and nothing follows that belongs to a time. */
  find(text: string, start: number, receiveMs: number): TimeReading | null {
    const reading = this.#reading
    if (reading === null || Math.floor(receiveMs / 1000) !== this.#second) return null
    for (let at = LENGTH - 1; at >= 0; at--) if (text.charCodeAt(start + at) !== this.#text.charCodeAt(at)) return null
    if (!endsAt(text, start + LENGTH)) return null
    return reading.end === start + LENGTH ? reading : { ...reading, end: start + LENGTH }
  }

  keep(text: string, start: number, receiveMs: number, reading: TimeReading): void {
    if (reading.end !== start + LENGTH || !endsAt(text, reading.end)) return
    this.#text = text.slice(start, reading.end)
    this.#second = Math.floor(receiveMs / 1000)
    this.#reading = reading
  }
}

/** A space, and behind it neither a year nor the name of a zone. */
function endsAt(text: string, at: number): boolean {
  const next = text.charCodeAt(at + 1)
  return text.charCodeAt(at) === SPACE && !isDigit(next) && !(next >= 65 && next <= 90)
}

/** Letters of `Oct 11 22:14:15`. */
const LENGTH = 15
const SPACE = 32
