import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { archiveDisk } from '../../../daemons/syslog/archive/archive-disk.ts'
import { RAW_FROM_FORM } from '../../../daemons/syslog/archive/raw-form.ts'
import { sealSegment } from '../../../daemons/syslog/archive/seal-segment.ts'
import { runLogs } from '../query/run-logs.ts'
import { storedLine, writeSegment } from './sealed-store.ts'

const EACH = 300
let base = ''
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'lanward-raw-form-'))
  const lines = fc.sample(message, { numRuns: 3 * EACH, seed: 9 }).map((row, index) => storedLine(index + 1, row))
  for (const state of ['hot', 'sealed', 'mixed', 'old']) {
    const folder = join(base, state, 'segments')
    mkdirSync(folder, { recursive: true })
    for (const [part, from] of [0, EACH, 2 * EACH].entries()) {
      const name = writeSegment(folder, from + 1, lines.slice(from, from + EACH))
      if (state === 'old' || (state === 'mixed' && part === 0)) await sealInOldForm(folder, name)
      else if (state === 'sealed' || (state === 'mixed' && part === 1)) await sealSegment(folder, name, archiveDisk)
    }
  }
})
afterAll(() => rmSync(base, { recursive: true }))

/** Values that look like marks and pieces of them. */
const word = fc.constantFrom('fw-1', 'a', 'm', 'msg', '{', '}', '{msg}', '{host}', '{app}', '12:00:00', '$&', 'é', '4')
const message = fc
  .record({
    host: fc.option(word),
    app: fc.option(word),
    procid: fc.option(word),
    ts: fc.constantFrom(null, '2026-01-31T12:00:00Z', '2026-01-31T12:00:00.123+02:00'),
    sd: fc.constantFrom(null, { meta: { sequenceId: '4' } }, { meta: { sequenceId: '91', x: '"sequenceId":"7"' } }),
    msg: fc.oneof(word, fc.constant(''), fc.string({ unit: 'binary', maxLength: 20 })),
    pieces: fc.option(fc.array(fc.oneof(word, fc.constantFrom('host', 'app', 'procid', 'ts', 'sd', 'msg', ' ')))),
  })
  .map(({ pieces, ...row }) => {
    if (pieces === null) return row
    const values: Record<string, string> = {
      ...{ host: row.host ?? '-', app: row.app ?? '-', procid: `[${row.procid ?? ''}]`, msg: row.msg },
      ...{ ts: row.ts?.slice(11).replace(/Z|\+.*/, '') ?? '-', sd: `${row.sd?.meta.sequenceId ?? 9}: ` },
    }
    return { ...row, raw: `<13>${pieces.map((piece) => values[piece] ?? piece).join('')}${row.msg}` }
  })

/** Makes a file as they were before there were forms. */
async function sealInOldForm(folder: string, name: string): Promise<void> {
  const path = join(folder, name)
  const sealed = path.replace('.ndjson', '.parquet')
  const names = 'src via facility severity host app procid msgid ts sd msg format flags raw raw_b64'.split(' ')
  const types = names.map((each) => `${each}: 'VARCHAR'`).join(', ')
  await askEngine(`COPY (SELECT * REPLACE (rt::TIMESTAMPTZ AS rt, CASE WHEN ends_with(raw, msg) THEN NULL ELSE raw END AS raw),
      CASE WHEN ends_with(raw, msg) THEN left(raw, length(raw) - length(msg)) END AS raw_lead, NULL::VARCHAR AS line
    FROM read_json('${path}', format = 'newline_delimited', columns = {rt: 'VARCHAR', seq: 'BIGINT', ${types}}) ORDER BY app, seq)
    TO '${sealed}' (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd)`)
  rmSync(path)
}

async function askEngine(question: string): Promise<unknown[][]> {
  const connection = await (await DuckDBInstance.create()).connect()
  return (await connection.runAndReadAll(question)).getRows()
}

async function rawBySql(state: string): Promise<string> {
  const { stdout, stderr } = await runLogs(
    join(base, state),
    '--json',
    '--sql',
    'SELECT seq, raw FROM logs ORDER BY seq',
  )
  expect(stderr).toBe('')
  return stdout
}

test('raw texts come back from forms, and from files that have none yet', async () => {
  const hot = await runLogs(join(base, 'hot'), '--json')
  expect(hot.stdout.split('\n')).toHaveLength(3 * EACH + 1)
  for (const state of ['sealed', 'mixed', 'old']) expect(await runLogs(join(base, state), '--json')).toEqual(hot)
})

test('--sql shows the same', async () => {
  const hot = await rawBySql('hot')
  expect(hot.match(/"raw":"/g)?.length).toBeGreaterThan(EACH)
  for (const state of ['sealed', 'mixed', 'old']) expect(await rawBySql(state)).toBe(hot)
})

test('most of them are forms, and no line is kept whole', async () => {
  const [[rest, forms, lines] = []] = await askEngine(
    `SELECT count(raw)::INT, count(raw_form)::INT, count(line)::INT FROM '${base}/sealed/segments/*.parquet'`,
  )
  expect(Number(forms)).toBeGreaterThan(2 * Number(rest))
  expect(Number(rest)).toBeGreaterThan(0)
  expect(lines).toBe(0)
})

test('what devices write has few forms', async () => {
  const folder = join(base, 'few')
  const rows = Array.from({ length: 40 }, (_, number) => {
    const [clock, pid] = [`12:00:${10 + number}.${100 + number}`, 400 + number]
    const row = { ts: `2026-01-31T${clock}Z`, app: `%LINK-3-${number % 5}`, procid: String(pid), msg: `port ${number}` }
    return [
      storedLine(2 * number + 1, {
        ...{ ...row, procid: null, sd: { meta: { sequenceId: String(number) } } },
        raw: `<187>${number}: Jan 31 ${clock}: ${row.app}: ${row.msg}`,
      }),
      storedLine(2 * number + 2, {
        ...{ ...row, host: `sw-${number % 7}` },
        raw: `<13>Jan 31 2026 ${clock} sw-${number % 7} ${row.app}[${pid}] ${row.msg}`,
      }),
    ]
  })
  await sealSegment(folder, writeSegment(folder, 1, rows.flat()), archiveDisk)
  expect(await askEngine(`SELECT DISTINCT raw_form FROM '${folder}/*.parquet' ORDER BY raw_form`)).toEqual([
    ['<13>Jan 31 2026 {clock} {host} {app}[{procid}] {msg}'],
    ['<187>{sequenceId}: Jan 31 {clock}: {app}: {msg}'],
  ])
})

test('the documented rule is the one that is used', () => {
  const page = readFileSync(new URL('../../../docs/log-format.md', import.meta.url), 'utf8')
  const bare = (text: string): string => text.replaceAll(/\s+/g, '').replaceAll('(replace', '(\nreplace')
  expect(bare(page)).toContain(bare(RAW_FROM_FORM))
})
