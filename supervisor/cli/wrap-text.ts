/**
 * Breaks a line at spaces so that it fits a terminal; a word that is longer than the line stays whole, to be copied.
 *
 * @param columns width of the terminal; null = as wide as it takes
 * @param indent what the second and further lines begin with
 */
export function wrapText(text: string, columns: number | null, indent = ''): string[] {
  if (columns === null || text.length <= columns) return [text]
  const margin = /^ */.exec(text)?.[0] ?? ''
  const lines: string[] = []
  let line = ''
  for (const word of text.slice(margin.length).split(' ')) {
    const start = lines.length === 0 ? margin : indent
    if (line === '') line = `${start}${word}`
    else if (line.length + 1 + word.length <= columns) line += ` ${word}`
    else {
      lines.push(line)
      line = `${indent}${word}`
    }
  }
  return [...lines, line]
}
