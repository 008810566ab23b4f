import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { archiveDisk } from '../../../daemons/syslog/archive/archive-disk.ts'
import { sealSegment } from '../../../daemons/syslog/archive/seal-segment.ts'
import { main } from '../../../daemons/syslog/cli/explain.ts'
import type { Explanation } from '../../../daemons/syslog/explain/explain-message.ts'
import { ownFolder } from '../../support/own-folder.ts'

const ZONE = {
  name: 'Europe/Berlin',
  changes: [
    [0, 60],
    [Date.UTC(2026, 2, 29, 1), 120],
  ] as const,
}
const SENDERS = [{ address: '10.0.7.0/24', dialect: 'cisco', zone: ZONE }] as const

async function run(argv: string[], stateDir = '/nowhere', input = '') {
  const out = new PassThrough()
  const err = new PassThrough()
  const code = await main(argv, stateDir, {
    ...{ stdout: out, stderr: err, colour: false, now: new Date('2026-06-15T10:00:00Z'), host: 'box', services: [] },
    ...{
      stop: new AbortController().signal,
      senders: SENDERS,
      stdin: new PassThrough().end(Buffer.from(input, 'latin1')),
    },
  })
  return { code, out: String(out.read() ?? ''), err: String(err.read() ?? '') }
}

async function explained(argv: string[], stateDir?: string, input?: string): Promise<Explanation> {
  const { code, out } = await run([...argv, '--json'], stateDir, input)
  expect(code).toBe(0)
  return JSON.parse(out)
}

/** A state folder whose store has these lines, numbered from 1. */
function fill(folder: string, lines: readonly Record<string, unknown>[]): void {
  mkdirSync(join(folder, 'segments'))
  const common = { via: 'udp://0.0.0.0:514', facility: 'user', severity: 'notice', host: null, app: null, procid: null }
  const text = lines.map((line, index) => {
    const head = { rt: '2026-03-01T12:00:00.000000Z', seq: index + 1, src: '10.0.7.3:514', ...common }
    return `${JSON.stringify({ ...head, msgid: null, ts: null, sd: null, msg: '', format: 'raw', flags: [], ...line })}\n`
  })
  writeFileSync(join(folder, 'segments', '0000000000000001-20260301T120000Z.ndjson'), text.join(''))
}

const LINE = '<13>Jun 15 12:00:00 kernel eth0 is up'

test('a message is an argument or comes in, less one line end', async () => {
  const typed = await explained([LINE])
  expect(typed).toMatchObject({ dialect: null, values: { host: 'kernel', ts: '2026-06-15T12:00:00+02:00' } })
  expect(await explained([], undefined, `${LINE}\n`)).toEqual(typed)
  const bytes = await explained([], undefined, '<13>1 - h\xff a - - - x\xe4y\n')
  expect(bytes.fields.find(({ field }) => field === 'host')).toMatchObject({ start: 8, end: 10 })
  expect(bytes.fields.at(-1)).toMatchObject({ field: 'msg', start: 19, end: 22 })
})

test('what is pinned of the sender is heeded', async () => {
  const pinned = await explained([LINE, '--sender', '10.0.7.3', '--at', '2026-07-01T00:00:00Z'])
  expect(pinned).toMatchObject({
    ...{
      dialect: 'cisco',
      values: { host: null, app: null, msg: 'kernel eth0 is up', ts: '2026-06-15T12:00:00+02:00' },
    },
  })
  expect(pinned.flags.map(({ flag }) => flag)).toEqual(['year-guessed'])
})

test('a line of our own services came as no message: there is nothing to explain', async () => {
  using folder = ownFolder()
  fill(folder.path, [{ via: 'service://dhcp', src: 'unix', app: 'dhcp', msg: 'lease bound' }])
  expect(await run(['--seq', '1'], folder.path)).toMatchObject({
    code: 1,
    out: '',
    err: 'message 1 is a line of our own service dhcp: it is stored as it was said, nothing was read or guessed\n',
  })
})

test('a stored message is explained as it came, from its raw text or its fields', async () => {
  using folder = ownFolder()
  fill(folder.path, [
    { msg: 'x', raw: '<13> x', format: 'raw' },
    {
      src: 'unix',
      host: 'box',
      app: 'cron',
      procid: '7',
      ts: '2026-03-01T12:00:00Z',
      msg: 'run',
      format: 'rfc3164',
      flags: ['year-guessed', 'zone-guessed'],
    },
    { raw_b64: Buffer.from('<13>\xff', 'latin1').toString('base64'), msg: '\ufffd', flags: ['not-utf8'] },
  ])
  expect((await explained(['--seq', '1'], folder.path)).text).toBe('<13> x')
  const local = await explained(['--seq', '2'], folder.path)
  expect(local.text).toBe('<13>Mar  1 12:00:00 cron[7]: run')
  expect(local).toMatchObject({ dialect: null, values: { app: 'cron', procid: '7' } })
  expect(await explained(['--seq', '3'], folder.path)).toMatchObject({ bytes: 5, dialect: 'cisco' })
  expect(await run(['--seq', '4'], folder.path)).toMatchObject({ code: 1, err: 'the store has no message 4\n' })
})

test('a message of a sealed segment is explained as one of an open one', async () => {
  using folder = ownFolder()
  fill(folder.path, [{ msg: 'a' }, { msg: 'x', raw: '<13> x' }, { app: 'app', msg: 'text', format: 'rfc3164' }])
  const open = await Promise.all(['1', '2', '3'].map((seq) => explained(['--seq', seq], folder.path)))
  const segments = join(folder.path, 'segments')
  const [name = ''] = readdirSync(segments)
  await sealSegment(segments, name, archiveDisk)
  expect(readdirSync(segments).some((file) => file.endsWith('.ndjson'))).toBe(false)
  const sealed = await Promise.all(['1', '2', '3'].map((seq) => explained(['--seq', seq], folder.path)))
  expect(sealed).toEqual(open)
})

test('what cannot be is exit 64 with the reason', async () => {
  expect((await run([LINE, '--at', 'nie'])).code).toBe(64)
  expect((await run([LINE, '--sender', 'sw-7'])).code).toBe(64)
  expect((await run([LINE, '--seq', '1'])).code).toBe(64)
  expect((await run(['--seq', 'one'])).code).toBe(64)
  expect((await run([LINE, 'another'])).code).toBe(64)
})

test('nothing of a message can move a cursor or turn the writing, in text and in JSON', async () => {
  const evil = '<13>1 - h\u009b31m a\u202e [2J - - - \x1b[2J\u2028\u0007</script>\x7f'
  for (const argv of [[evil], [evil, '--json']]) {
    const { out } = await run(argv)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is tested
    expect(out).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]/)
  }
})
