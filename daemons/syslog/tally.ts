import type { Counters } from '../runtime/contract.ts'
import type { SyslogMessage } from './message.ts'

/** Why a message was not stored. */
export type Rejection = 'disk_full' | 'disk_error' | 'empty'

/** Running totals of the collector; `received` is always `stored` + `rejected`. */
export class Tally {
  #stored = 0
  #internal = 0
  #probes = 0
  #truncated = 0
  #notUtf8 = 0
  readonly #formats = { rfc5424: 0, rfc3164: 0, raw: 0 }
  readonly #rejected = { disk_full: 0, disk_error: 0, empty: 0 }

  /** Counts how a message was understood. */
  read(format: SyslogMessage['format'], valid: boolean, truncated: boolean): void {
    this.#formats[format] += 1
    if (!valid) this.#notUtf8 += 1
    if (truncated) this.#truncated += 1
  }

  stored(count: number): void {
    this.#stored += count
  }

  rejected(reason: Rejection, count: number): void {
    this.#rejected[reason] += count
  }

  /** Lines of our own services. */
  internal(count: number): void {
    this.#internal += count
  }

  probe(): void {
    this.#probes += 1
  }

  counters(): Counters {
    const { disk_full, disk_error, empty } = this.#rejected
    const rejected = disk_full + disk_error + empty
    return {
      received: this.#stored + rejected,
      stored: this.#stored,
      rejected,
      rejected_disk_full: disk_full,
      rejected_disk_error: disk_error,
      rejected_empty: empty,
      forwarded: 0,
      internal: this.#internal,
      probes: this.#probes,
      format_rfc5424: this.#formats.rfc5424,
      format_rfc3164: this.#formats.rfc3164,
      format_raw: this.#formats.raw,
      not_utf8: this.#notUtf8,
      truncated: this.#truncated,
    }
  }
}

/** The named reason behind an error code of the disk. */
export function rejectionOf(code: string | null): Rejection {
  return code === 'ENOSPC' || code === 'EDQUOT' ? 'disk_full' : 'disk_error'
}
