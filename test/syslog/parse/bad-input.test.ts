import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { main as showLogs } from '../../../daemons/syslog/cli/logs.ts'
import { Collector } from '../../../daemons/syslog/collector.ts'
import { TimeInference } from '../../../daemons/syslog/parse/time-inference.ts'
import { openSenders } from '../../../daemons/syslog/senders/open-senders.ts'
import { SegmentStore } from '../../../daemons/syslog/store/segment-store.ts'
import { fakeSupervisor, run } from '../../cli/fake-supervisor.ts'
import { ownFolder } from '../../support/own-folder.ts'

let nowMs = Date.UTC(2026, 0, 31, 12)
const clock = { wallMs: () => nowMs, wallNs: () => BigInt(nowMs) * 1_000_000n, monotonicMs: () => nowMs }
const log = pino({ level: 'silent' })

/** A collector whose state lies in a folder of its own, as a daemon has it. */
function openDaemon(stateDir: string) {
  const limits = { segment: { sizeBytes: 1 << 30, ageMs: 1e12 }, retention: { ageMs: 1e12, sizeBytes: 1 << 30 } }
  const folder = join(stateDir, 'segments')
  const store = new SegmentStore({ folder, limits: { ...limits, sync: 'off' }, clock, log })
  const senders = openSenders({ stateDir, pins: [], clock, log })
  const parts = {
    store,
    clock,
    log,
    inference: new TimeInference(() => 0),
    senders: senders.book,
    probe: null,
    host: 'box',
  }
  const collector = new Collector(parts)
  return {
    senders,
    collector,
    send: (messages: readonly (string | Buffer)[], peer = '192.0.2.7:514') => {
      const frames = messages.map((message) => {
        const bytes = Buffer.from(message as string)
        return { bytes, start: 0, end: bytes.length, note: 'whole' as const }
      })
      expect(collector.acceptFrames(frames, collector.sourceOf(peer, 'tcp://0.0.0.0:514'))).toBe(true)
    },
    text: () =>
      readdirSync(folder)
        .map((name) => readFileSync(join(folder, name), 'utf8'))
        .join(''),
    lines(): Record<string, unknown>[] {
      return this.text()
        .split('\n')
        .filter(Boolean)
        .map((line): Record<string, unknown> => JSON.parse(line))
    },
    [Symbol.dispose]: () => store.close(),
  }
}

async function logsOf(stateDir: string, ...argv: string[]): Promise<string> {
  const out = new PassThrough()
  const common = { colour: false, now: new Date(nowMs), host: 'box', services: [], stop: new AbortController().signal }
  expect(await showLogs(argv, stateDir, { ...common, stdout: out, stderr: new PassThrough() })).toBe(0)
  return String(out.read() ?? '')
}

test('names of structured data that mean something to JavaScript are names like others', async () => {
  using folder = ownFolder()
  using daemon = openDaemon(folder.path)
  const sd =
    '[__proto__ polluted="1" __proto__="2"][constructor prototype="3"][toString valueOf="4"][hasOwnProperty a="5"]'
  daemon.send([`<13>1 - __proto__ constructor - - ${sd} text`])
  const [line] = daemon.lines()
  expect(Object.entries(line?.['sd'] ?? {})).toEqual([
    ['__proto__', expect.anything()],
    ['constructor', { prototype: '3' }],
    ['toString', { valueOf: '4' }],
    ['hasOwnProperty', { a: '5' }],
  ])
  expect(daemon.text()).toContain('"__proto__":{"polluted":"1","__proto__":"2"}')
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  expect(await logsOf(folder.path, '--host', '__proto__', '--app', 'constructor')).toContain('text')
  expect(JSON.parse(await logsOf(folder.path, '--stats', 'host', '--json'))).toBeDefined()
  expect(daemon.senders.report()).toMatchObject([{ hosts: ['__proto__'], apps: ['constructor'] }])
})

test('structured data of ten thousand elements, of one huge value, and with IDs that come twice is kept whole', () => {
  using folder = ownFolder()
  using daemon = openDaemon(folder.path)
  const many = Array.from({ length: 10_000 }, (_, index) => `[a${index} b="${index}"]`).join('')
  const huge = `[x y="${'z'.repeat(500_000)}"]`
  const twice = '[x a="1"][y b="2"][x a="3"]'
  const texts = [many, huge, twice, `[x${' a="1"'.repeat(20_000)}]`, '['.repeat(60_000), '[a b="'.repeat(10_000)]
  const messages = texts.map((sd) => `<13>1 - h a - - ${sd} text`)
  daemon.send(messages)
  for (const [index, { msg, sd, raw }] of daemon.lines().entries()) {
    const held = typeof raw === 'string' ? raw : `${JSON.stringify(sd)} ${msg}`
    if (raw !== undefined) expect(raw).toBe(messages[index])
    expect(held).toContain('text')
  }
  const [first, second, third] = daemon.lines().map(({ sd }) => sd as Record<string, Record<string, unknown>>)
  expect(Object.keys(first ?? {})).toHaveLength(10_000)
  expect(second?.['x']?.['y']).toHaveLength(500_000)
  expect(third).toEqual({ x: { a: ['1', '3'] }, y: { b: '2' } })
})

test('no name from the network becomes the name of a file', () => {
  using folder = ownFolder()
  using daemon = openDaemon(folder.path)
  const names = [
    '../../x',
    '/etc/passwd',
    '.',
    '..',
    'a'.repeat(255),
    'a\0b',
    'a\nb',
    '%2e%2e%2fx',
    'UPPER',
    'upper',
    'dot.',
  ]
  const hosts = [...names, '\u202egnp.exe', '\ud83d\ude00', 'con:aux', '~root', '$(reboot)', '`id`', '-rf']
  daemon.send(hosts.flatMap((host) => [`<13>1 - ${host} ${host} - - - x`, `<13>Jan 31 12:00:00 ${host} ${host}: x`]))
  nowMs += 120_000
  daemon.senders.tick()
  expect(daemon.lines()).toHaveLength(2 * hosts.length)
  const files = readdirSync(folder.path, { recursive: true, encoding: 'utf8' }).sort()
  expect(files).toEqual([
    'segments',
    expect.stringMatching(/^segments\/0{15}1-\d{8}T\d{6}Z\.ndjson$/),
    'senders.ndjson',
  ])
})

test('a hundred thousand host names behind one sender take the room of a few', () => {
  using folder = ownFolder()
  using daemon = openDaemon(folder.path)
  for (let batch = 0; batch < 100; batch++) {
    nowMs += 1000
    daemon.send(
      Array.from(
        { length: 1000 },
        (_, index) => `<13>1 - h${batch * 1000 + index} a - - [meta sequenceId="${index + 1}"] x`,
      ),
    )
  }
  daemon.senders.close()
  const [kept] = readFileSync(join(folder.path, 'senders.ndjson'), 'utf8').split('\n')
  expect(kept?.length).toBeLessThan(2000)
  expect(daemon.senders.report()).toMatchObject([{ messages: 100_000, sequence_gaps: 0 }])
  expect(daemon.senders.report()[0]?.hosts).toHaveLength(8)
})

const EVIL = [
  ['a line break', 'a\r\nb'],
  ['NUL', 'a\0b'],
  ['an escape sequence', '\x1b[2J\x1b]0;owned\x07'],
  ['CSI as one character', '\u009b31m'],
  ['other C1 and DEL', '\u0085\u0090\x7f'],
  ['line and paragraph separators', 'a\u2028b\u2029c'],
  ['marks that turn the direction', '\u202egnp.exe\u2066\u200f'],
  ['invisible characters', '\u200b\u2060\ufeff'],
  ['half a surrogate pair', '\ud800'],
  ['markup', '</script><img src=x onerror=alert(1)>'],
  ['a spreadsheet formula', '=cmd|"/c calc"!A1'],
  ['a line that looks stored', '"}\n{"rt":"2026-01-31T12:00:00.000000Z","seq":99,"msg":"forged"}'],
] as const
// biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is tested
const TRICKY = /[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/

test.each(EVIL)('%s in each field stays in its line, on disk and in every output', async (_title, evil) => {
  using folder = ownFolder()
  using daemon = openDaemon(folder.path)
  const word = evil.replaceAll(' ', '_')
  const messages = [
    `<13>1 - h${word} a${word} p${word} m${word} [x y="${evil.replace(/["\\\]]/g, '\\$&')}"] t${evil}`,
    `<13>Jan 31 12:00:00 h${word} a${word}[p]: t${evil}`,
    evil,
  ]
  daemon.send(messages)
  expect(daemon.text()).not.toMatch(TRICKY)
  const lines = daemon.lines()
  expect(lines.map(({ seq }) => seq)).toEqual([1, 2, 3])
  expect(String(lines[0]?.['msg'])).toContain(evil.toWellFormed().replace(/[\r\n\0 ]+$/, ''))
  const shown = await logsOf(folder.path)
  expect(shown).not.toMatch(TRICKY)
  expect(shown.trimEnd().split('\n')).toHaveLength(3)
  expect((await logsOf(folder.path, '--json')).trimEnd().split('\n')).toHaveLength(3)
  for (const words of [['--json'], ['--stats', 'host'], ['--stats', 'host', '--json'], ['--stats', 'app', '--json']])
    expect(await logsOf(folder.path, ...words)).not.toMatch(TRICKY)
  await using supervisor = await fakeSupervisor({ result: daemon.senders.report() })
  for (const words of [[], ['--toml']]) {
    const { code, stdout } = await run(['senders', ...words, '--config', supervisor.configFile])
    expect(code).toBe(0)
    expect(stdout).not.toMatch(TRICKY)
  }
})
