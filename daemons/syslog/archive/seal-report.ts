import { escapeTricky } from '../store/json-text.ts'

/** What the sealing process tells, one JSON object a line on stdout. */
export type SealReport =
  | {
      readonly kind: 'sealed'
      readonly segment: string
      readonly rows: number
      readonly bytes: number
      readonly before: number
    }
  | { readonly kind: 'unsealable'; readonly segment: string; readonly reason: string }
  | { readonly kind: 'failed'; readonly segment: string; readonly code: string; readonly reason: string }
  | { readonly kind: 'gone'; readonly segment: string }
  | { readonly kind: 'engine-missing'; readonly reason: string }

/** Writes a report as a line. */
export function formatSealReport(report: SealReport): string {
  return `${escapeTricky(JSON.stringify(report))}\n`
}

/** Reads a line of the sealing process. @throws Error when it is no report */
export function readSealReport(line: string): SealReport {
  const report: SealReport | null = JSON.parse(line)
  if (report === null || !KINDS.includes(report.kind)) throw new Error('not a report')
  return report
}

const KINDS: readonly unknown[] = ['sealed', 'unsealable', 'failed', 'gone', 'engine-missing']
