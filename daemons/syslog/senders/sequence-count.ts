import type { SyslogMessage } from '../parse/message.ts'
import { ownCopy } from './own-copy.ts'
import { type SequenceGap, SequenceWatch } from './sequence-watch.ts'

/** A gap and the device whose numbering has it, behind a relay perhaps. */
export interface DeviceGap extends SequenceGap {
  readonly host: string | null
}

/** The numbering of what one sender sends: of its own messages, or of several devices behind it. */
export class SequenceCount {
  readonly #watches = new Map<string, SequenceWatch>()
  #found: DeviceGap[] = []
  #gaps: number
  #missing: number
  #lastMs: number | null

  constructor(kept?: { readonly gaps: number; readonly missing: number; readonly last_gap_ms: number | null }) {
    this.#gaps = kept?.gaps ?? 0
    this.#missing = kept?.missing ?? 0
    this.#lastMs = kept?.last_gap_ms ?? null
  }

  /** There is something for `settle` to find. */
  get isPending(): boolean {
    if (this.#found.length > 0 || this.#watches.size === 0) return this.#found.length > 0
    return [...this.#watches.values()].some(({ isPending }) => isPending)
  }

  /** Takes a message that may have a number. @rfc 5424 section 7.3.1 */
  take({ structuredData, host }: SyslogMessage, nowMs: number): void {
    const text = structuredData
      ?.find(({ sdId }) => sdId === 'meta')
      ?.params.find(([name]) => name === 'sequenceId')?.[1]
    if (text === undefined || !/^\d{1,12}$/.test(text)) return
    let watch = this.#watches.get(host ?? '')
    if (watch === undefined) {
      if (this.#watches.size >= MOST_DEVICES) return
      watch = new SequenceWatch()
      this.#watches.set(ownCopy(host ?? ''), watch)
    }
    this.#note(host === null ? null : ownCopy(host), watch.take(Number(text), nowMs))
  }

  /** Gaps found since the last call. */
  settle(nowMs: number): readonly DeviceGap[] {
    for (const [host, watch] of this.#watches) this.#note(host === '' ? null : host, watch.settle(nowMs))
    const found = this.#found
    this.#found = []
    return found
  }

  /** As the constructor takes it. */
  kept(): { readonly gaps: number; readonly missing: number; readonly last_gap_ms: number | null } {
    return { gaps: this.#gaps, missing: this.#missing, last_gap_ms: this.#lastMs }
  }

  #note(host: string | null, gaps: readonly SequenceGap[]): void {
    for (const gap of gaps) {
      this.#gaps += 1
      this.#missing += gap.missing
      this.#lastMs = gap.toMs
      if (this.#found.length < MOST_FOUND) this.#found.push({ ...gap, host })
    }
  }
}

/** Devices behind one sender whose numbers are followed. */
const MOST_DEVICES = 64
const MOST_FOUND = 64
