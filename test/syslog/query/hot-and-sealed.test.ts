import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { filesIn, sealAll, storedLine, writeSegment } from '../archive/sealed-store.ts'
import { runColouredLogs, runLogs } from './run-logs.ts'

const COUNT = 600
let base = ''
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'lanward-find-'))
  const lines = fc.sample(message, { numRuns: COUNT, seed: 11 }).map((changes, index) => storedLine(index + 1, changes))
  for (let from = 0; from < COUNT; from += 100)
    writeSegment(join(base, 'hot', 'segments'), from + 1, lines.slice(from, from + 100))
  for (const copy of ['sealed', 'doubled']) cpSync(join(base, 'hot'), join(base, copy), { recursive: true })
  await sealAll(join(base, 'sealed', 'segments'))
  // As a death leaves it between the last two steps: both forms of each segment.
  cpSync(join(base, 'sealed', 'segments'), join(base, 'doubled', 'segments'), { recursive: true })
})
afterAll(() => rmSync(base, { recursive: true }))

const message = fc.record({
  procid: fc.constantFrom(null, '17', '4711', 'ü'),
  host: fc.constantFrom('alpha', 'Beta', null, 'gamma', 'Box'),
  app: fc.constantFrom('sshd', 'kernel', null),
  severity: fc.constantFrom('err', 'warning', 'notice', 'debug'),
  facility: fc.constantFrom('auth', 'kern', 'local7'),
  src: fc.constantFrom('192.0.2.7:514', '[2001:db8::1]:5140', 'unix'),
  via: fc.constantFrom('udp://0.0.0.0:514', 'service://dhcp', 'service://lanward'),
  sd: fc.constantFrom(null, { 'lanward@32473': { daemon: 'dhcp' } }, { a: { b: ']"é' } }),
  msg: fc.oneof(
    fc.constantFrom('link up on port 7', 'Link DOWN "quoted" \\ port 12', 'grüße über alles', 'aaaaaaaaaaaaab', ''),
    fc.string({ unit: 'binary', maxLength: 30 }),
  ),
})

test('the copies are what they are taken for', () => {
  const kinds = (copy: string): number =>
    readdirSync(join(base, copy, 'segments')).filter((name) => name.endsWith('.parquet')).length
  expect([kinds('hot'), kinds('sealed'), kinds('doubled')]).toEqual([0, 5, 5])
  expect(filesIn(join(base, 'sealed', 'segments')).filter((name) => name.endsWith('.ndjson'))).toHaveLength(1)
})

describe.each([
  [[]],
  [['-n', '150']],
  [['-n', '1']],
  [['--host', 'beta']],
  [['--host', 'box']],
  [['--host', '192.0.2.7', '-n', '40']],
  [['--host', '2001:db8::1', '--severity', 'err']],
  [['--host', 'nobody']],
  [['--app', 'sshd', '--facility', 'auth']],
  [['--severity', 'warning']],
  [['--service', 'dhcp']],
  [['--since', '2026-01-31T11:02:00Z', '--until', '2026-01-31T11:04:10Z']],
  [['--since', '2026-01-31T11:01:40Z', '--until', '2026-01-31T11:01:40Z']],
  [['--fixed', 'port']],
  [['--fixed', '"quoted" \\ port']],
  [['--fixed', 'ü']],
  [['--fixed', 'a']],
  [['--fixed', 'is nowhere']],
  [['--fixed', 'port', '-n', '7']],
  [['--fixed', 'port', '-C', '2']],
  [['--fixed', 'grüße', '-C', '1', '--host', 'gamma']],
  [['--fixed', 'port 7', '-n', '3', '-C', '4']],
  [['--grep', 'link (up|down)']],
  [['--grep', '(?i)link (up|down)']],
  [['--grep', '^$']],
  [['--grep', 'port \\d+$', '--app', 'kernel']],
  [['--grep', '(a+)+$']],
  [['--stats', 'host']],
  [['--stats', 'app', '--fixed', 'port']],
  [['--stats', 'severity', '--grep', 'o.t']],
  [['--histogram']],
  [['--histogram', '--service', 'dhcp', '--json']],
])('lanward logs %j', (argv) => {
  test('says the same whether segments are sealed or not, or both', async () => {
    const [hot, sealed, doubled] = await Promise.all(
      ['hot', 'sealed', 'doubled'].flatMap((copy) => [
        runLogs(join(base, copy), ...argv).then(async (plain) => [
          plain,
          await runLogs(join(base, copy), '--json', ...argv),
        ]),
      ]),
    )
    expect(hot?.map(({ code }) => code)).toEqual([0, 0])
    expect(sealed).toEqual(hot)
    expect(doubled).toEqual(hot)
  })
})

test.each([[[]], [['--fixed', 'port']], [['--severity', 'warning']]])(
  'lanward logs %j shows sealed segments in the same colours',
  async (argv) => {
    const hot = await runColouredLogs(join(base, 'hot'), ...argv)
    expect(hot.stdout).toContain('\x1b[31merr:\x1b[0m ')
    expect(await runColouredLogs(join(base, 'sealed'), ...argv)).toEqual(hot)
  },
)

test('what is found is what a look at each message finds', async () => {
  const all = (await runLogs(join(base, 'hot'), '--json')).stdout.split('\n').slice(0, -1)
  const messages: { msg: string; host: string | null; severity: string }[] = all.map((line) => JSON.parse(line))
  const count = async (...argv: string[]): Promise<number> =>
    (await runLogs(join(base, 'sealed'), '--json', ...argv)).stdout.split('\n').length - 1
  expect(messages).toHaveLength(COUNT)
  expect(await count('--fixed', 'port')).toBe(messages.filter(({ msg }) => msg.includes('port')).length)
  expect(await count('--grep', 'port [0-9]')).toBe(messages.filter(({ msg }) => /port [0-9]/.test(msg)).length)
  expect(await count('--severity', 'err')).toBe(messages.filter(({ severity }) => severity === 'err').length)
  expect(await count('--fixed', 'port')).toBeGreaterThan(50)
})
