/** One cell: its text, and how it is painted once its width is known. */
export interface Cell {
  readonly text: string
  readonly paint?: (text: string) => string
}

/** Aligns rows in columns two spaces apart; the last column is not padded. Texts must be printable. */
export function formatTable(rows: readonly (readonly Cell[])[]): string[] {
  const widths: number[] = []
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.text.length)
  return rows.map((row) =>
    row
      .map(({ text, paint = same }, index) => {
        const padding = index === row.length - 1 ? '' : ' '.repeat((widths[index] ?? 0) - text.length)
        return `${paint(text)}${padding}`
      })
      .join('  ')
      .trimEnd(),
  )
}

function same(text: string): string {
  return text
}
