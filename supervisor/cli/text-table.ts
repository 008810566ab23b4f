import { wrapText } from './wrap-text.ts'

/** One cell: its text, and how it is painted once its width is known. */
export interface Cell {
  readonly text: string
  readonly paint?: (text: string) => string
}

type Row = readonly Cell[]

/** Space between two columns. */
const GAP = '  '

/** Aligns rows in columns two spaces apart; the last column is not padded. Texts must be printable. */
export function formatTable(rows: readonly Row[]): string[] {
  const widths = widthsOf(rows)
  return rows.map((row) =>
    row
      .map(({ text, paint = same }, index) => {
        const padding = index === row.length - 1 ? '' : ' '.repeat((widths[index] ?? 0) - text.length)
        return `${paint(text)}${padding}`
      })
      .join(GAP)
      .trimEnd(),
  )
}

/**
 * The same for a terminal that may be too narrow: the columns that do not fit are told below each row, a line each, under
 * the name that their heading gives them.
 *
 * @param rows headings first
 * @param columns width of the terminal; null = as wide as it takes
 * @returns the lines of each row
 */
export function fitTable(rows: readonly Row[], columns: number | null): string[][] {
  const kept = fittingColumns(widthsOf(rows), columns)
  const [headings = []] = rows
  return formatTable(rows.map((row) => row.slice(0, kept))).map((line, index) => {
    if (index === 0) return [line]
    const rest = (rows[index] ?? []).slice(kept)
    return [line, ...rest.flatMap((cell, place) => detailLines(headings[kept + place]?.text ?? '', cell, columns))]
  })
}

function fittingColumns(widths: readonly number[], columns: number | null): number {
  let used = -GAP.length
  const fitting = widths.findIndex((width) => {
    used += GAP.length + width
    return columns !== null && used > columns
  })
  return fitting < 0 ? widths.length : Math.max(1, fitting)
}

function detailLines(heading: string, { text, paint = same }: Cell, columns: number | null): string[] {
  if (text === '' || text === '-') return []
  const name = heading === '' ? '' : `${heading.toLowerCase()}: `
  return wrapText(`  ${name}${text}`, columns, '    ').map(paint)
}

function widthsOf(rows: readonly Row[]): number[] {
  const widths: number[] = []
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.text.length)
  return widths
}

function same(text: string): string {
  return text
}
