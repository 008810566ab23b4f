import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundleAlone } from '../../support/bundle-alone.ts'
import { filesIn, sealAll, storedLine, writeSegment } from '../archive/sealed-store.ts'
import { runLogs } from './run-logs.ts'

let stateDir = ''
beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'lanward-sql-'))
  const folder = join(stateDir, 'segments')
  const lines = (from: number): string[] =>
    Array.from({ length: 10 }, (_, index) => storedLine(from + index, { host: `h${index % 2}`, sd: { a: { n: '1' } } }))
  writeSegment(folder, 1, lines(1))
  writeSegment(folder, 11, [
    ...lines(11),
    storedLine(21, { msg: 'text', raw: '<13>text', flags: ['year-guessed'], app: '\u001b[31m' }),
  ])
  writeSegment(folder, 22, lines(22))
  await sealAll(folder)
  const [open = ''] = readdirSync(folder).filter((name) => name.endsWith('.ndjson'))
  appendFileSync(join(folder, open), '{"rt":"2026-01-31T11:00:50.0')
})
afterAll(() => rmSync(stateDir, { recursive: true }))

async function ask(question: string, ...argv: string[]): Promise<unknown[]> {
  const { code, stdout, stderr } = await runLogs(stateDir, '--sql', question, '--json', ...argv)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line): unknown => JSON.parse(line))
}

test('one SELECT is answered from sealed segments and open ones, also while a line is being written', async () => {
  expect(await ask('SELECT count(*) AS n, min(seq) AS a, max(seq) AS z FROM logs')).toEqual([{ n: 31, a: 1, z: 31 }])
  expect(await ask('SELECT host, count(*) AS n FROM logs GROUP BY host ORDER BY host')).toEqual([
    { host: 'alpha', n: 1 },
    { host: 'h0', n: 15 },
    { host: 'h1', n: 15 },
  ])
})

test('a row has the keys of a stored line, with times, objects and lists as such', async () => {
  expect(await ask('SELECT * EXCLUDE (app, src, via) FROM logs WHERE seq = 21')).toEqual([
    {
      ...{ rt: '2026-01-31 11:00:21', seq: 21, facility: 'user', severity: 'notice', host: 'alpha' },
      ...{ procid: null, msgid: null, ts: null, sd: null, msg: 'text', format: 'raw', flags: ['year-guessed'] },
      ...{ raw: '<13>text', raw_b64: null },
    },
  ])
  expect(
    await ask("SELECT date_trunc('minute', rt)::VARCHAR AS m, sd->>'$.a.n' AS n FROM logs WHERE seq = 25"),
  ).toEqual([{ m: '2026-01-31 11:00:00', n: '1' }])
})

test('--since and --until hold for it, no other filter does', async () => {
  expect(await ask('SELECT count(*) AS n FROM logs', '--since', '2026-01-31T11:00:30Z')).toEqual([{ n: 2 }])
  expect(
    await ask('SELECT count(*) AS n FROM logs', '--since', '2026-01-31T11:00:00Z', '--until', '2026-01-31T11:00:05Z'),
  ).toEqual([{ n: 5 }])
  const { code, stderr } = await runLogs(stateDir, '--sql', 'SELECT 1', '--host', 'h0')
  expect({ code, stderr }).toEqual({ code: 64, stderr: expect.stringContaining('WHERE') })
})

test('as a table, nothing of it can move the cursor', async () => {
  const { stdout } = await runLogs(
    stateDir,
    '--sql',
    'SELECT seq, app AS "a\u001b", NULL AS x FROM logs WHERE seq IN (21, 31) ORDER BY seq',
  )
  expect(stdout).toBe('seq  a\\u001b     x\n 21  \\u001b[31m  -\n 31  app         -\n')
})

test('as JSON, no value and no name can move the cursor or end a line', async () => {
  const evil = 'a\u009b31m\u2028b\u2029\u202egnp\u200b'
  const { code, stdout } = await runLogs(stateDir, '--json', '--sql', `SELECT '${evil}' AS "n${evil}"`)
  expect(code).toBe(0)
  expect(stdout).toMatch(/^[\n -~]*$/)
  expect(
    stdout
      .split('\n')
      .slice(0, -1)
      .map((line): unknown => JSON.parse(line)),
  ).toEqual([{ [`n${evil}`]: evil }])
})

test('an empty store has the table too', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'lanward-sql-'))
  expect(await runLogs(empty, '--sql', 'SELECT count(*) AS n FROM logs')).toEqual({
    code: 0,
    stdout: 'n\n0\n',
    stderr: '',
  })
  rmSync(empty, { recursive: true })
})

test('without the engine the process says what is missing', async () => {
  const alone = await bundleAlone('daemons/syslog/cli/sql.ts')
  const order = { view: '', folder: stateDir, question: 'SELECT 1', limitMs: 1000 }
  const { stdout } = spawnSync(process.execPath, [alone.program], { input: JSON.stringify(order), encoding: 'utf8' })
  rmSync(alone.folder, { recursive: true })
  expect(JSON.parse(stdout)).toEqual({
    kind: 'failed',
    why: 'engine',
    reason: expect.stringContaining('@duckdb/node-api'),
  })
})

describe('is refused with a reason:', () => {
  test.each([
    ["COPY (SELECT 1) TO 'FOLDER/evil.csv'", 'only SELECT is allowed'],
    ["COPY logs TO 'FOLDER/evil.parquet'", 'only SELECT is allowed'],
    ["ATTACH 'FOLDER/evil.db'", 'only SELECT is allowed'],
    ['INSERT INTO logs VALUES (1)', '--sql takes a single SELECT'],
    ['DELETE FROM logs', '--sql takes a single SELECT'],
    ['CREATE TABLE t AS SELECT 1', 'only SELECT is allowed'],
    ['SET threads = 1', 'only SELECT is allowed'],
    ['INSTALL httpfs', 'only SELECT is allowed'],
    ['LOAD httpfs', 'only SELECT is allowed'],
    ['SELECT 1; SELECT 2', 'not 2 statements'],
    ['', ''],
    ["SELECT * FROM read_text('/etc/passwd')", 'Permission Error'],
    ["SELECT * FROM read_csv('/proc/self/environ')", 'Permission Error'],
    ["SELECT * FROM 'FOLDER/../../../etc/passwd'", ''],
    ['SELECT nothing FROM logs', '! Candidate bindings: '],
    ['SELEKT 1', 'syntax error'],
  ])('%s', async (question, reason) => {
    const folder = join(stateDir, 'segments')
    const before = filesIn(folder)
    const { code, stdout, stderr } = await runLogs(stateDir, '--sql', question.replaceAll('FOLDER', folder))
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' })
    expect(stderr).toContain(reason)
    expect(filesIn(folder)).toEqual(before)
  })
})
