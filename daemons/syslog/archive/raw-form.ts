import type { SealedRow } from './sealed-columns.ts'

/** A value that stands in a column of its own, and once more in `raw`. */
interface Place {
  /** What stands for it in the form. */
  readonly mark: string
  /** The value in SQL; null or empty when there is none. */
  readonly sql: string
  readonly value: (row: SealedRow) => string | null | undefined
  /** A short number is only taken for the value between these. */
  readonly before?: string
  readonly behind?: string
}

/**
 * Fills the form of a raw text with the values of its row: one mark after the other, each everywhere, the text of the message last, as
 * `RAW_FROM_FORM` does.
 */
export function fillRawForm(form: string, row: SealedRow): string {
  let raw = form
  for (const { mark, value } of PLACES) if (raw.includes(mark)) raw = raw.replaceAll(mark, () => value(row) ?? '')
  return raw
}

/** In the order of filling. A form is made in the opposite order, so that a value which looks like a piece of a mark comes back. */
const PLACES: readonly Place[] = [
  { mark: '{host}', sql: 'host', value: ({ host }) => host },
  { mark: '{procid}', sql: 'procid', value: ({ procid }) => procid, before: '[', behind: ']' },
  {
    mark: '{sequenceId}',
    sql: `regexp_extract(sd, '"sequenceId":"([0-9]+)"', 1)`,
    value: ({ sd }) => /"sequenceId":"([0-9]+)"/.exec(sd ?? '')?.[1],
    behind: ': ',
  },
  { mark: '{app}', sql: 'app', value: ({ app }) => app },
  {
    mark: '{clock}',
    sql: `regexp_extract(ts, 'T([0-9:.]+)', 1)`,
    value: ({ ts }) => /T([0-9:.]+)/.exec(ts ?? '')?.[1],
  },
  { mark: '{msg}', sql: 'msg', value: ({ msg }) => msg },
]

/** SQL that makes `raw` of the column `raw_form`. */
export const RAW_FROM_FORM = PLACES.reduce(
  (text, { mark, sql }) => `replace(${text}, '${mark}', coalesce(${sql}, ''))`,
  'raw_form',
)

/** SQL that makes a form of `raw`; it need not give back the same (a raw text that has marks of itself). */
export const FORM_OF_RAW = PLACES.reduceRight((text, { mark, sql, before = '', behind = '' }) => {
  const sought = `'${before}' || nullif(${sql}, '') || '${behind}'`
  const put = `'${before}${mark}${behind}'`
  return `replace(${text}, coalesce(${sought}, ${put}), ${put})`
}, 'raw')
