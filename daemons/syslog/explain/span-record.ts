/** The rule by which a message was read. */
export type Rule =
  /** The header of RFC 5424. */
  | 'rfc5424'
  /** A time of the BSD family, then host and tag. */
  | 'time-host-tag'
  /** No time: a tag with a colon. */
  | 'tag'
  /** Number, name or clock mark of a Cisco device. */
  | 'cisco'
  /** No header: all is text. */
  | 'content'

/** A field, and where in the text it stands; `path` names what of structured data it is. */
export interface FieldSpan {
  readonly field: 'pri' | 'version' | 'ts' | 'host' | 'app' | 'procid' | 'msgid' | 'sd' | 'msg'
  readonly path: readonly string[]
  /** Offsets in the text, `end` behind it. */
  readonly start: number
  readonly end: number
}

/**
 * Notes where the parser found each field, for those who ask; on the way of all other messages there is none of it. It
 * is the parser itself that notes, so that no second reading can differ from the first.
 */
export class SpanRecord {
  rule: Rule = 'content'
  /** How much was cut off in front of the text that the parser sees. */
  shift = 0
  #spans: FieldSpan[] = []

  get spans(): readonly FieldSpan[] {
    return this.#spans
  }

  note(field: FieldSpan['field'], start: number, end: number, path: readonly string[] = []): void {
    this.#spans.push({ field, path, start: start + this.shift, end: end + this.shift })
  }

  /** What was noted so far, for `cutTo`. */
  get length(): number {
    return this.#spans.length
  }

  /** What was noted since was no field after all. */
  cutTo(length: number): void {
    this.#spans.length = length
  }
}
