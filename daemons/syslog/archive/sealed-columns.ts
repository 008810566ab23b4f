import { escapeTricky } from '../store/json-text.ts'
import { fillRawForm } from './raw-form.ts'

/**
 * The columns of a sealed segment: the keys of a stored line, `sd` and `flags` as JSON text, and some of our own.
 * `raw_form` holds `raw` with marks for what other columns hold (see `fillRawForm`); in older files `raw_lead` holds the part of it before
 * `msg`, where the rest is `msg` once more. `line` holds a whole line that cannot be put together again from the other
 * columns, which only happens to lines that others have edited.
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
  'raw_form',
  'raw_lead',
  'line',
] as const

/** A file has the one or the other, by its age. */
export const AGED_COLUMNS: readonly string[] = ['raw_form', 'raw_lead']

export type TextColumnName = (typeof TEXT_COLUMNS)[number]

/** What the columns hold of one row. */
export type SealedRow = { readonly rt: string; readonly seq: number } & {
  readonly [Name in TextColumnName]: string | null
}

/** Puts a stored line together again, without LF. */
export function formatSealedRow(row: SealedRow): string {
  if (row.line !== null) return row.line
  const raw = rawOf(row)
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

function rawOf(row: SealedRow): string | null {
  if (row.raw !== null) return row.raw
  const form = row.raw_form
  if (form !== null) return fillRawForm(form, row)
  return row.raw_lead === null ? null : row.raw_lead + (row.msg ?? '')
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
