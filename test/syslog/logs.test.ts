import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { main } from '../../daemons/syslog/cli/logs.ts'

const NOW = new Date('2026-01-31T12:00:00Z')

let stateDir = ''
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'lanward-logs-'))
})
afterEach(() => rmSync(stateDir, { recursive: true }))

/** One stored line; what is not given is that of a harmless message. */
function line(seq: number, changes: Record<string, unknown> = {}): string {
  const rt = `2026-01-31T11:${String(seq).padStart(2, '0')}:00.000000Z`
  const given = { rt, seq, src: '192.0.2.7:40000', via: 'udp://0.0.0.0:514', facility: 'user', severity: 'notice' }
  const rest = { host: 'alpha', app: 'app', procid: null, msgid: null, ts: null, sd: null, msg: `message ${seq}` }
  return `${JSON.stringify({ ...given, ...rest, format: 'raw', flags: [], ...changes })}\n`
}

/** Writes segments; the first message of each names it. */
function store(...segments: string[][]): void {
  mkdirSync(join(stateDir, 'segments'), { recursive: true })
  for (const lines of segments) {
    const first: { seq: number; rt: string } = JSON.parse(lines[0] ?? '')
    const time = `${first.rt.slice(0, 19).replaceAll(/[-:]/g, '')}Z`
    const name = `${String(first.seq).padStart(16, '0')}-${time}.ndjson`
    writeFileSync(join(stateDir, 'segments', name), lines.join(''))
  }
}

async function logs(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const stop = new AbortController().signal
  const texts = Promise.all([stdout, stderr].map((stream) => stream.setEncoding('utf8').toArray()))
  const code = await main(argv, stateDir, {
    stdout,
    stderr,
    colour: false,
    now: NOW,
    host: 'Box',
    services: ['dhcp', 'ntp'],
    stop,
  })
  stdout.end()
  stderr.end()
  const [out, err] = await texts
  return { code, stdout: (out ?? []).join(''), stderr: (err ?? []).join('') }
}

/** The numbers of the messages that the filters let through. */
async function found(...argv: string[]): Promise<number[]> {
  const { code, stdout } = await logs(...argv, '--json')
  expect(code).toBe(0)
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((text): number => JSON.parse(text).seq)
}

describe('filters', () => {
  beforeEach(() =>
    store(
      [line(1, { host: 'Beta', severity: 'err' }), line(2, { app: 'sshd', facility: 'auth' })],
      [
        line(3, { via: 'service://dhcp', src: 'unix', severity: 'info' }),
        line(4, { msg: 'link up on port 7', severity: 'crit' }),
        line(5, { host: null, src: '[2001:db8::1]:514', severity: 'debug' }),
      ],
    ),
  )

  test.each<[string[], number[]]>([
    [[], [1, 2, 3, 4, 5]],
    [
      ['-n', '2'],
      [4, 5],
    ],
    [['--lines', '0'], []],
    [['--host', 'beta'], [1]],
    [['--host', '2001:db8::1'], [5]],
    [['--host', '[2001:db8::1]'], [5]],
    [
      ['--host', '192.0.2.7'],
      [1, 2, 4],
    ],
    [['--app', 'sshd'], [2]],
    [
      ['--severity', 'err'],
      [1, 4],
    ],
    [
      ['--severity', 'warn'],
      [1, 4],
    ],
    [
      ['--severity', '6'],
      [1, 2, 3, 4],
    ],
    [['--facility', 'auth'], [2]],
    [['--service', 'dhcp'], [3]],
    [['--grep', 'port \\d+$'], [4]],
    [
      ['--since', '57m'],
      [3, 4, 5],
    ],
    [
      ['--since', '2026-01-31T11:02:00Z', '--until', '2026-01-31T12:03:00+01:00'],
      [2, 3],
    ],
    [
      ['--until', '58m'],
      [1, 2],
    ],
    [['--severity', 'err', '--grep', 'link', '--host', 'alpha'], [4]],
    [['-n', '1', '--host', 'beta'], [1]],
    [['--host', 'nobody'], []],
  ])('%j finds %j', async (argv, want) => {
    expect(await found(...argv)).toEqual(want)
  })

  test.each([
    [['--severity', 'loud'], '--severity "loud" is none of: emerg alert crit'],
    [['--facility', 'local8'], '--facility "local8" is none of: kern user mail'],
    [['--since', 'soon'], '--since "soon" is no time: allowed are RFC 3339'],
    [['--service', 'bogus'], '--service "bogus" is none of: lanward dhcp ntp; and the store has nothing of it'],
    [['--until', '2026-13-01T00:00:00Z'], '--until "2026-13-01T00:00:00Z" is no time'],
    [['--since', '1m', '--until', '2m'], 'is later than'],
    [['--grep', '('], '--grep "(" is no regular expression'],
    [['-n', 'many'], '--lines "many" is no number'],
    [['--colour'], "unknown option '--colour'"],
    [['extra'], 'too many arguments'],
  ])('%j is refused with the reason', async (argv, reason) => {
    const { code, stdout, stderr } = await logs(...argv)
    expect(code).toBe(64)
    expect(stderr).toContain(reason)
    expect(stdout).toBe('')
  })
})

describe('a service', () => {
  const about = (daemon: string) => ({ via: 'service://lanward', app: 'lanward', sd: { 'lanward@32473': { daemon } } })

  test('is found by its own lines and by those of the supervisor about it', async () => {
    store([
      line(1, { via: 'service://dhcp' }),
      line(2, about('dhcp')),
      line(3, about('ntp')),
      line(4, { ...about('dhcp'), via: 'udp://0.0.0.0:514' }),
    ])
    expect(await found('--service', 'dhcp')).toEqual([1, 2])
    expect(await found('--service', 'lanward')).toEqual([2, 3])
  })

  test('that is no more configured is known by its lines', async () => {
    store([line(1), line(2, { via: 'service://relay', app: 'relay' })])
    expect(await found('--service', 'relay', '--grep', 'nothing')).toEqual([])
    expect(await found('--service', 'ntp')).toEqual([])
  })
})

test('a local message that names no host is shown and found under the name of this machine', async () => {
  store([line(1, { host: null, src: 'unix' }), line(2, { host: 'box' }), line(3, { host: null })])
  expect((await logs('-n', '3')).stdout.split('\n').map((text) => text.split(' ')[1])).toEqual([
    ...['Box', 'box', '192.0.2.7'],
    undefined,
  ])
  expect(await found('--host', 'BOX')).toEqual([1, 2])
  expect(await found('--host', 'unix')).toEqual([1])
})

test('a store that does not exist yet shows nothing', async () => {
  expect(await logs()).toEqual({ code: 0, stdout: '', stderr: '' })
})

test('a message for people is one line without control characters; JSON escapes them', async () => {
  store([
    line(1, { app: 'a\u001b[2J', procid: '7', severity: 'warning', msg: 'x\r\n\u001b]0;owned\u0007 \u202e\u009b2K' }),
  ])
  const { stdout } = await logs()
  expect(stdout).toBe(
    '2026-01-31T11:01:00.000Z alpha a\\u001b[2J[7] warning: x\\r\\n\\u001b]0;owned\\u0007 \\u202e\\u009b2K\n',
  )
  const json = (await logs('--json')).stdout
  // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the point
  expect(json).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
  expect(JSON.parse(json).msg).toBe('x\r\n\u001b]0;owned\u0007 \u202e\u009b2K')
})

test('segments that cannot hold what is asked are not read, those that may hold it within an hour are', async () => {
  const at = (rt: string) => ({ rt: `2026-01-31T${rt}:00.000000Z` })
  store([line(1, at('02:00'))], [line(2, at('05:00'))], [line(3, at('08:00'))], [line(4, at('11:00'))])
  const folder = join(stateDir, 'segments')
  const written = [3, 6, 9, 12]
  for (const [index, name] of readdirSync(folder).sort().entries())
    utimesSync(join(folder, name), 0, Date.UTC(2026, 0, 31, written[index]) / 1000)
  const window = ['--since', '2026-01-31T06:30:00Z', '--until', '2026-01-31T09:30:00Z'] as const
  expect(await found(...window)).toEqual([3])
  // What no segment can hold by its times was never looked for there: a line that lies about its time shows it.
  const liar = line(9, at('07:00'))
  for (const name of readdirSync(folder).sort()) {
    const { mtimeMs } = statSync(join(folder, name))
    appendFileSync(join(folder, name), liar)
    utimesSync(join(folder, name), 0, mtimeMs / 1000)
  }
  expect(await found(...window)).toEqual([9, 3, 9])
})

test('a damaged line is passed over, an unfinished one at the end waits', async () => {
  store([line(1), 'not json\n', '{"seq":2}\n', line(3), line(4).slice(0, -5)])
  expect(await found()).toEqual([1, 3])
})

test('a line longer than the reading window is found from both ends', async () => {
  store([line(1), line(2, { msg: 'x'.repeat(700_000) }), line(3)])
  expect(await found('-n', '2')).toEqual([2, 3])
  expect(await found('--grep', '^x+$')).toEqual([2])
})

test('-f shows what is stored from then on, over a change of segments, until it is stopped', async () => {
  store([line(1), line(2)])
  const stdout = new PassThrough().setEncoding('utf8')
  const stop = new AbortController()
  const io = {
    stdout,
    stderr: new PassThrough(),
    colour: false,
    now: NOW,
    host: 'box',
    services: [],
    stop: stop.signal,
  }
  const ended = main(['-f', '-n', '1', '--json', '--host', 'alpha'], stateDir, io)
  const seen: number[] = []
  for await (const chunk of stdout.iterator({ destroyOnReturn: false })) {
    for (const text of String(chunk).split('\n').filter(Boolean)) seen.push(JSON.parse(text).seq)
    if (seen.at(-1) === 2)
      appendFileSync(
        join(stateDir, 'segments', '0000000000000001-20260131T110100Z.ndjson'),
        line(3, { host: 'x' }) + line(4),
      )
    if (seen.at(-1) === 4) store([line(5)])
    if (seen.at(-1) === 5) break
  }
  stop.abort()
  expect(await ended).toBe(0)
  expect(seen).toEqual([2, 4, 5])
})
