import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ledgerFiles } from './ledger-file.ts'
import { type LedgerRow, parseRow } from './ledger-row.ts'

/**
 * The rows of the ledger that reach into a span, oldest first; lines that are no rows are passed over.
 *
 * @unit milliseconds since 1970
 * @throws Error when a file may not be read
 */
export function* readLedger(folder: string, sinceMs: number, untilMs: number): Generator<LedgerRow> {
  const since = timeOf(sinceMs)
  const until = timeOf(untilMs)
  // A row stands in the file of the day in which its minute was closed.
  const firstDay = timeOf(sinceMs - DAY_MS).slice(0, 10)
  for (const name of ledgerFiles(folder)) {
    if (name.slice(0, 10) < firstDay) continue
    for (const line of linesOf(join(folder, name))) {
      const row = parseRow(line)
      if (row !== null && row.kind !== 'state' && row.to >= since && row.from <= until) yield row
    }
  }
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

function timeOf(ms: number): string {
  return new Date(Math.min(Math.max(ms, 0), 253_402_300_799_999)).toISOString()
}

const DAY_MS = 86_400_000
