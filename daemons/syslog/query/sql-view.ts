import { RAW_FROM_FORM } from '../archive/raw-form.ts'
import type { Extent } from './segment-lines.ts'

/**
 * The table `logs` over all segments, as SQL that makes it: one row per message, columns as the keys of a stored line, `rt` in
 * UTC, `sd` JSON and `flags` a list.
 *
 * @param sinceMs earliest time of receipt, milliseconds since 1970; may be infinite, as may `untilMs`
 */
export function logsView(extents: readonly Extent[], sinceMs: number, untilMs: number): string {
  const sealed = extents.filter((extent) => extent.sealed).map(({ path }) => quote(path))
  const lines = extents.filter((extent) => !extent.sealed).map(({ path }) => quote(path))
  const parts = [
    `SELECT ${COLUMNS.map((name) => `NULL::${TYPES[name] ?? 'VARCHAR'} AS ${name}`).join(', ')} WHERE false`,
  ]
  const span = [
    ...(Number.isFinite(sinceMs) ? [`epoch_us(rt) >= ${Math.floor(sinceMs * 1000)}`] : []),
    ...(Number.isFinite(untilMs) ? [`epoch_us(rt) <= ${Math.floor(untilMs * 1000)}`] : []),
  ]
  const where = (more: readonly string[]): string =>
    [...span, ...more].length === 0 ? '' : ` WHERE ${[...span, ...more].join(' AND ')}`
  if (sealed.length > 0)
    parts.push(
      `SELECT ${select(`coalesce(raw, raw_lead || msg, ${RAW_FROM_FORM})`)} FROM (SELECT NULL::VARCHAR AS raw_lead, NULL::VARCHAR AS raw_form WHERE false UNION ALL BY NAME SELECT * FROM read_parquet([${sealed.join(
        ', ',
      )}], union_by_name = true))${where([])}`,
    )
  // A line that is being written has no number yet.
  if (lines.length > 0)
    parts.push(
      `SELECT ${select('raw')} FROM (SELECT * REPLACE (try_cast(rt AS TIMESTAMPTZ) AS rt) FROM read_json([${lines.join(
        ', ',
      )}], format = 'newline_delimited', ignore_errors = true, columns = {${COLUMNS.map(
        (name) => `${name}: '${name === 'seq' ? 'BIGINT' : 'VARCHAR'}'`,
      ).join(', ')}}))${where(['seq IS NOT NULL'])}`,
    )
  return `CREATE VIEW logs AS ${parts.join(' UNION ALL ')}`
}

function select(raw: string): string {
  return COLUMNS.map((name) => `${name === 'raw' ? raw : (FORMS[name] ?? name)} AS ${name}`).join(', ')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

const COLUMNS: readonly string[] =
  'rt seq src via facility severity host app procid msgid ts sd msg format flags raw raw_b64'.split(' ')
const TYPES: Readonly<Record<string, string>> = { rt: 'TIMESTAMP', seq: 'BIGINT', sd: 'JSON', flags: 'VARCHAR[]' }
const FORMS: Readonly<Record<string, string>> = {
  rt: 'make_timestamp(epoch_us(rt))',
  sd: 'sd::JSON',
  flags: `from_json(flags, '["VARCHAR"]')`,
}
