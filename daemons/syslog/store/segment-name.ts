/** What the name of a segment tells. */
export interface SegmentName {
  readonly name: string
  /** Number of its first message. */
  readonly firstSeq: number
  /** When it was begun, milliseconds since 1970. */
  readonly begunMs: number
}

/** Names a segment so that names sort by sequence: `0000000000000001-20261125T140336Z.ndjson`. */
export function formatSegmentName(firstSeq: number, begunMs: number): string {
  const time = `${new Date(begunMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
  return `${String(firstSeq).padStart(16, '0')}-${time}.ndjson`
}

/** Reads a name that `formatSegmentName` wrote, or null. @param ending of the file */
export function readSegmentName(name: string, ending = '.ndjson'): SegmentName | null {
  if (!name.endsWith(ending)) return null
  const match = /^(\d{16})-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(name.slice(0, -ending.length))
  if (match === null) return null
  const [firstSeq = 0, year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number)
  return { name, firstSeq, begunMs: Date.UTC(year, month - 1, day, hour, minute, second) }
}

/** The segments among the files of a folder, in the order of their messages. */
export function sortSegments(names: readonly string[], ending = '.ndjson'): SegmentName[] {
  return names.flatMap((name) => readSegmentName(name, ending) ?? []).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The same with sealed ones among them; of a segment that is there in both forms the open one, which is complete for sure. */
export function sortAllSegments(names: readonly string[]): SegmentName[] {
  const byStem = new Map<string, SegmentName>()
  for (const ending of ['.parquet', '.ndjson'])
    for (const segment of sortSegments(names, ending)) byStem.set(segment.name.slice(0, -ending.length), segment)
  return [...byStem.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
