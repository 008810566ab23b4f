import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What is known of a sealed segment without opening it. */
export interface SealedRecord {
  /** Its file name without ending. */
  readonly name: string
  readonly rows: number
  /** The first and the last number. */
  readonly seq: readonly [number, number]
  /** The earliest and the latest time of receipt, as stored. */
  readonly rt: readonly [string, string]
  readonly bytes: number
  /** Of the segment as it was before. */
  readonly ndjson_bytes: number
  /** Of the Parquet file, hexadecimal. */
  readonly sha256: string
  /** Size of the sieve beside it. */
  readonly sieve_bytes: number
  /** How many messages of each; null when there are too many kinds to list. A message without a host counts for its sender's address. */
  readonly hosts: Readonly<Record<string, number>> | null
  readonly apps: Readonly<Record<string, number>> | null
  readonly severities: Readonly<Record<string, number>> | null
  /** Addresses of senders. */
  readonly senders: Readonly<Record<string, number>> | null
}

/** One line for each sealed segment, in the order in which they were sealed. */
export const MANIFEST = 'manifest.jsonl'

/** Writes a record as a line of the manifest. */
export function formatRecord(record: SealedRecord): string {
  return `${JSON.stringify(record)}\n`
}

/** Of which segment a line tells; null when it is none of ours. */
export function nameInLine(line: string): string | null {
  return /^\{"name":"([^"]+)"/.exec(line)?.[1] ?? null
}

/**
 * The manifest of a folder. Lines are only taken apart when their segment is asked for. A segment without a line is
 * no fault: then its file is asked.
 */
export class Manifest {
  readonly #lines: ReadonlyMap<string, string>

  constructor(text: string) {
    const lines = new Map<string, string>()
    for (const line of text.split('\n')) {
      const name = nameInLine(line)
      if (name !== null) lines.set(name, line)
    }
    this.#lines = lines
  }

  /** Reads that of a folder; an empty one when there is none. @throws Error when it may not be read */
  static read(folder: string): Manifest {
    try {
      return new Manifest(readFileSync(join(folder, MANIFEST), 'utf8'))
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Manifest('')
      throw error
    }
  }

  /** Names of the segments that have a line. */
  names(): string[] {
    return [...this.#lines.keys()]
  }

  /** What is known of a segment, null when nothing can be read of it (a torn line). */
  find(name: string): SealedRecord | null {
    try {
      const value: unknown = JSON.parse(this.#lines.get(name) ?? 'null')
      return isRecord(value) ? value : null
    } catch {
      return null
    }
  }
}

function isRecord(value: unknown): value is SealedRecord {
  return typeof value === 'object' && value !== null && 'rt' in value && Array.isArray(value.rt) && 'rows' in value
}
