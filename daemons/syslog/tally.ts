import type { Counters } from '../runtime/contract.ts'
import type { SyslogMessage } from './parse/message.ts'

/** Why a message was not stored. */
export type Rejection = 'disk_full' | 'disk_error' | 'empty' | 'rate_limited'

/** What became of the messages of one listener, since this process began. */
export interface DoorCount extends Record<Rejection, number> {
  stored: number
  /** Health probes, which count as nothing else. */
  probes: number
  /** Messages that are lost because our own code failed on them. */
  bug: number
}

/** Running totals of the collector; `received` is always `stored` + `rejected`. */
export class Tally {
  readonly #doors = new Map<string, DoorCount>()
  #door: DoorCount
  #internal = 0
  readonly #kinds = noKinds()
  /** Of messages that are read and not yet stored. */
  #read = noKinds()

  constructor() {
    this.#door = this.#open('')
  }

  /** What is counted from now on came to this listener. */
  at(via: string): void {
    this.#door = this.#doors.get(via) ?? this.#open(via)
  }

  /** Totals by listener; only those that something came to. */
  doors(): ReadonlyMap<string, Readonly<DoorCount>> {
    return this.#doors
  }

  /** Notes how a message was understood; that counts when it is stored. */
  read(format: SyslogMessage['format'], valid: boolean, truncated: boolean): void {
    this.#read[format] += 1
    if (!valid) this.#read.not_utf8 += 1
    if (truncated) this.#read.truncated += 1
  }

  /** Our own code failed on the message that was read last, which is kept as it came. */
  unread(): void {
    this.#read.unread += 1
  }

  /** The messages read since the last call were stored. */
  stored(count: number): void {
    this.#door.stored += count
    for (const kind of KINDS) this.#kinds[kind] += this.#read[kind]
    this.#read = noKinds()
  }

  /** The messages read since the last call were not stored: they come again, or are rejected. */
  refused(): void {
    this.#read = noKinds()
  }

  rejected(reason: Rejection, count: number): void {
    this.#door[reason] += count
  }

  /** Messages that our own code failed on: neither stored nor rejected. */
  failed(count: number): void {
    this.#door.bug += count
  }

  /** Lines of our own services. */
  internal(count: number): void {
    this.#internal += count
  }

  probe(): void {
    this.#door.probes += 1
  }

  counters(): Counters {
    const total = noCount()
    for (const door of this.#doors.values()) for (const key of COUNTED) total[key] += door[key]
    const { stored, probes, disk_full, disk_error, empty, rate_limited } = total
    const rejected = disk_full + disk_error + empty + rate_limited
    return {
      received: stored + rejected,
      stored,
      rejected,
      rejected_disk_full: disk_full,
      rejected_disk_error: disk_error,
      rejected_empty: empty,
      rejected_rate_limited: rate_limited,
      forwarded: 0,
      internal: this.#internal,
      probes,
      format_rfc5424: this.#kinds.rfc5424,
      format_rfc3164: this.#kinds.rfc3164,
      format_raw: this.#kinds.raw,
      not_utf8: this.#kinds.not_utf8,
      truncated: this.#kinds.truncated,
      unread: this.#kinds.unread,
    }
  }

  #open(via: string): DoorCount {
    const door = noCount()
    this.#doors.set(via, door)
    return door
  }
}

/** The reasons, in the order in which they are told. */
export const REJECTIONS: readonly Rejection[] = ['disk_full', 'disk_error', 'empty', 'rate_limited']

function noCount(): DoorCount {
  return { stored: 0, probes: 0, bug: 0, disk_full: 0, disk_error: 0, empty: 0, rate_limited: 0 }
}

const COUNTED = ['stored', 'probes', 'disk_full', 'disk_error', 'empty', 'rate_limited'] as const
const KINDS = ['rfc5424', 'rfc3164', 'raw', 'not_utf8', 'truncated', 'unread'] as const

/** What kinds of messages there were; the formats add up to `stored`. */
function noKinds(): Record<(typeof KINDS)[number], number> {
  return { rfc5424: 0, rfc3164: 0, raw: 0, not_utf8: 0, truncated: 0, unread: 0 }
}

/** The named reason behind an error code of the disk. */
export function rejectionOf(code: string | null): Rejection {
  return code === 'ENOSPC' || code === 'EDQUOT' ? 'disk_full' : 'disk_error'
}
