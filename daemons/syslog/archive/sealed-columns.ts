import { escapeTricky } from '../json-text.ts'

/**
 * The columns of a sealed segment: the keys of a stored line, `sd` and `flags` as JSON text, and two of our own.
 * `raw_lead` holds the part of `raw` before `msg` where the rest of it is `msg` once more; `line` holds a whole line that
 * cannot be put together again from the other columns, which only happens to lines that others have edited.
 */
export const TEXT_COLUMNS = [
  'src',
  'via',
  'facility',
  'severity',
  'host',
  'app',
  'procid',
  'msgid',
  'ts',
  'sd',
  'msg',
  'format',
  'flags',
  'raw',
  'raw_b64',
  'raw_lead',
  'line',
] as const

export type TextColumnName = (typeof TEXT_COLUMNS)[number]

/** What the columns hold of one row. */
export type SealedRow = { readonly rt: string; readonly seq: number } & {
  readonly [Name in TextColumnName]: string | null
}

/** Puts a stored line together again, without LF. */
export function formatSealedRow(row: SealedRow): string {
  if (row.line !== null) return row.line
  const raw = row.raw ?? (row.raw_lead === null ? null : row.raw_lead + (row.msg ?? ''))
  return `{"rt":"${row.rt}","seq":${row.seq},"src":${text(row.src)},"via":${text(row.via)},"facility":${text(
    row.facility,
  )},"severity":${text(row.severity)},"host":${text(row.host)},"app":${text(row.app)},"procid":${text(
    row.procid,
  )},"msgid":${text(row.msgid)},"ts":${text(row.ts)},"sd":${escapeTricky(row.sd ?? 'null')},"msg":${text(
    row.msg,
  )},"format":${text(row.format)},"flags":${row.flags ?? 'null'}${raw === null ? '' : `,"raw":${quoteJson(raw)}`}${
    row.raw_b64 === null ? '' : `,"raw_b64":${quoteJson(row.raw_b64)}`
  }}`
}

function text(value: string | null): string {
  return value === null ? 'null' : quoteJson(value)
}

/** As the store writes a string: see `JsonBytes`. */
function quoteJson(value: string): string {
  return PLAIN.test(value) ? `"${value}"` : escapeTricky(JSON.stringify(value))
}

/** Printable ASCII without `"` and `\`. */
const PLAIN = /^[ !#-[\]-~]*$/

/** Writes microseconds since 1970 as `rt` has them; remembers the last second, since most share it. */
export class MicrosText {
  #second = Number.NaN
  #head = ''

  format(micros: number): string {
    const second = Math.floor(micros / 1e6)
    if (second !== this.#second) {
      this.#second = second
      this.#head = new Date(second * 1000).toISOString().slice(0, 20)
    }
    return `${this.#head}${String(1e6 + micros - second * 1e6).slice(1)}Z`
  }
}
