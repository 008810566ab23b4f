import type { JsonBytes } from './store/json-bytes.ts'

/** Writes times of receipt: RFC 3339, UTC, microseconds. Remembers the last second, since most share it. */
export class ReceiptTimes {
  #second = -1
  #head: Uint8Array = new Uint8Array(0)

  /** Writes how a line begins: `{"rt":"2026-01-31T12:00:00.000123Z","seq":`. @unit seconds since 1970 and nanoseconds of the second */
  write(into: JsonBytes, seconds: number, nanoseconds: number): void {
    if (seconds !== this.#second) {
      this.#second = seconds
      this.#head = Buffer.from(`{"rt":"${new Date(seconds * 1000).toISOString().slice(0, 20)}`)
    }
    into.put(this.#head)
    into.digits(Math.floor(nanoseconds / 1000), 6)
    into.put(BEHIND)
  }
}

const BEHIND = Buffer.from('Z","seq":')
