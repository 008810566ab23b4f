import { visible } from './log-text.ts'

/** One bar. */
export interface Bar {
  readonly label: string
  readonly count: number
}

/**
 * Writes bars for a terminal, one on a line: label, count, bar.
 *
 * @param columns how wide the terminal is
 */
export function formatBars(bars: readonly Bar[], columns: number): string {
  const labels = bars.map(({ label }) => visible(label))
  const labelWidth = Math.min(LONGEST_LABEL, Math.max(0, ...labels.map((label) => label.length)))
  const most = Math.max(1, ...bars.map(({ count }) => count))
  const countWidth = String(most).length
  const room = Math.max(MIN_ROOM, columns - labelWidth - countWidth - 4)
  return bars
    .map(({ count }, index) => {
      const label = shorten(labels[index] ?? '', labelWidth).padEnd(labelWidth)
      return `${label}  ${String(count).padStart(countWidth)}  ${bar((count / most) * room)}`.trimEnd()
    })
    .map((line) => `${line}\n`)
    .join('')
}

/** Whole blocks and the eighth that comes nearest; anything above nothing is seen. */
function bar(cells: number): string {
  const eighths = Math.max(cells > 0 ? 1 : 0, Math.round(cells * 8))
  return '█'.repeat(Math.floor(eighths / 8)) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8]
}

function shorten(label: string, width: number): string {
  return label.length <= width ? label : `${label.slice(0, width - 1)}…`
}

const LONGEST_LABEL = 40
const MIN_ROOM = 10
