/** A prefix that was told to a link; what is kept of it on disk. */
export interface ToldPrefix {
  readonly device: string
  readonly subnet: string
  readonly autonomous: boolean
  readonly validSeconds: number
  /** Wall time from which on it is not meant any more; null = it is. */
  readonly goneMs: number | null
}

/** A prefix whose addresses hosts are to give up. */
export interface OutdatedPrefix {
  readonly subnet: string
  readonly autonomous: boolean
  /** Whether it is still on the link: only its hosts get their addresses in another way now. */
  readonly isPresent: boolean
  readonly leftSeconds: number
}

/** After this no host has an address in it that it was not told anew (RFC 4862 section 5.5.3). */
const LONGEST_SECONDS = 7200
/** More than any configuration changes through in two hours. */
const CAPACITY = 256

/** What a link is told now, and what is still configured although no link has it at the moment. */
export interface PresentPrefixes {
  readonly device: string
  readonly told: readonly Omit<ToldPrefix, 'device' | 'goneMs'>[]
  readonly waiting: ReadonlySet<string>
}

/**
 * Compares what a link is told with what it was told before: a prefix that is missing is outdated from now on.
 *
 * @rfc 9096 section 3.5
 * @returns the new records, which are the old ones (`===`) when nothing changed
 */
export function updateLedger(
  records: readonly ToldPrefix[],
  { device, told, waiting }: PresentPrefixes,
  wallMs: number,
): readonly ToldPrefix[] {
  const present = new Map(told.map((one) => [keyOf(one), { device, ...one, goneMs: null }]))
  const kept = records.flatMap((record): readonly ToldPrefix[] => {
    if (leftOf(record, wallMs) <= 0) return []
    if (record.device !== device) return [record]
    if (present.has(keyOf(record))) return []
    return record.goneMs !== null || waiting.has(record.subnet) ? [record] : [{ ...record, goneMs: wallMs }]
  })
  const next = [...kept, ...present.values()].slice(-CAPACITY)
  return sameRecords(records, next) ? records : next
}

/** The prefixes that hosts of a link are to give up. */
export function outdatedOn(records: readonly ToldPrefix[], device: string, wallMs: number): readonly OutdatedPrefix[] {
  const here = records.filter((record) => record.device === device)
  return here.flatMap((record) => {
    const { subnet, autonomous, goneMs } = record
    const leftSeconds = leftOf(record, wallMs)
    if (goneMs === null || leftSeconds <= 0) return []
    const isPresent = here.some((other) => other.subnet === subnet && other.goneMs === null)
    return [{ subnet, autonomous, isPresent, leftSeconds }]
  })
}

function keyOf({ subnet, autonomous }: Pick<ToldPrefix, 'subnet' | 'autonomous'>): string {
  return `${subnet} ${autonomous}`
}

/** Whole seconds; never more than at the beginning, whatever was done to the clock. */
function leftOf({ goneMs, validSeconds }: ToldPrefix, wallMs: number): number {
  const longest = Math.min(validSeconds, LONGEST_SECONDS)
  return goneMs === null ? longest : Math.min(longest, Math.ceil(longest - (wallMs - goneMs) / 1000))
}

function sameRecords(left: readonly ToldPrefix[], right: readonly ToldPrefix[]): boolean {
  const text = (records: readonly ToldPrefix[]): string =>
    records
      .map(({ device, subnet, autonomous, validSeconds, goneMs }) =>
        [device, subnet, autonomous, validSeconds, goneMs].join(),
      )
      .toSorted()
      .join('\n')
  return text(left) === text(right)
}
