import { visible } from './log-text.ts'

/** Writes rows as a table for a terminal; numbers stand to the right, what there is not is `-`. */
export function formatTable(names: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const heads = names.map(visible)
  const cells = rows.map((row) => names.map((_, index) => cellText(row[index])))
  const widths = heads.map((head, index) => Math.max(head.length, ...cells.map((row) => row[index]?.length ?? 0)))
  const right = names.map((_, index) => rows.length > 0 && rows.every((row) => isNumber(row[index])))
  const line = (texts: readonly string[]): string =>
    `${texts
      .map((text, index) =>
        right[index] === true ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd()}\n`
  return [heads, ...cells].map(line).join('')
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '-'
  return visible(typeof value === 'string' ? value : JSON.stringify(value))
}

function isNumber(value: unknown): boolean {
  return value === null || typeof value === 'number'
}
