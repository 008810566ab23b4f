import type { SyslogMessage } from '../parse/message.ts'

/** How a sender writes: what the form of a message leaves open is read as this one does it. */
export type Dialect =
  /** RFC 5424 and nothing else. */
  | 'rfc5424'
  /** A host name stands behind the time, or in its place. */
  | 'rfc3164'
  /** As that, without a host name. */
  | 'no-host'
  /** Number, name of the device and time in Cisco's order; no host name behind the time. */
  | 'cisco'
  /** Nothing but the priority is a header. */
  | 'raw'

export const DIALECTS: readonly Dialect[] = ['rfc5424', 'rfc3164', 'no-host', 'cisco', 'raw']

/** The dialect that one message shows. */
export function dialectOf({ format, app, host, structuredData, flags }: SyslogMessage): Dialect {
  if (format !== 'rfc3164') return format
  const numbered = structuredData !== null || flags.some((flag) => CISCO_FLAGS.has(flag))
  if (numbered || app?.startsWith('%') === true) return 'cisco'
  return host === null ? 'no-host' : 'rfc3164'
}

const CISCO_FLAGS: ReadonlySet<string> = new Set(['clock-unset', 'clock-unsynced', 'uptime'])

/** Which dialect a sender mostly speaks lately. */
export class LearnedDialect {
  readonly #counts = new Map<Dialect, number>()

  constructor(kept?: Readonly<Partial<Record<Dialect, number>>>) {
    if (kept === undefined) return
    for (const dialect of DIALECTS) if ((kept[dialect] ?? 0) > 0) this.#counts.set(dialect, kept[dialect] ?? 0)
  }

  /** @param messages for how many this one stands */
  heard(dialect: Dialect, messages: number): void {
    const count = (this.#counts.get(dialect) ?? 0) + messages
    this.#counts.set(dialect, count)
    // Rounded up: what was heard once is never forgotten.
    if (count > REMEMBERED) for (const [other, of] of this.#counts) this.#counts.set(other, Math.ceil(of / 2))
  }

  /** All that were heard. */
  get heardOf(): readonly Dialect[] {
    return DIALECTS.filter((dialect) => this.#counts.has(dialect))
  }

  /** null before the first message. */
  get most(): Dialect | null {
    let most: Dialect | null = null
    for (const [dialect, count] of this.#counts)
      if (most === null || count > (this.#counts.get(most) ?? 0)) most = dialect
    return most
  }

  /** As the constructor takes it. */
  kept(): Readonly<Partial<Record<Dialect, number>>> {
    return Object.fromEntries(this.#counts)
  }
}

/** A flood of some seconds does not outvote what was heard in days. */
const REMEMBERED = 16_384
