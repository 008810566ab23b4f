import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { startBox } from '../support/box.ts'
import { testWith } from '../support/needs.ts'
import { type StoredMessage, stored } from '../support/stored-messages.ts'
import { HANG_MS } from '../support/wait-for.ts'

const CONFIG = '[syslog]\nlisten = ["udp://127.0.0.1:0", "tcp://127.0.0.1:0", "unix://run/log.sock"]\n'
const HOST = hostname().split('.')[0]
/** util-linux tells with each message of RFC 5424 how good its clock is. */
const TIME_QUALITY = { timeQuality: { tzKnown: '1', isSynced: expect.stringMatching(/^[01]$/) } }

function run(command: string, words: readonly string[], input = ''): void {
  execFileSync(command, words, { input, timeout: HANG_MS })
}

describe('logger of util-linux', () => {
  const modern = { host: HOST, procid: null, msgid: null, format: 'rfc5424', flags: [], sd: TIME_QUALITY }
  const old = { host: HOST, msgid: null, format: 'rfc3164', sd: null, flags: ['year-guessed', 'zone-guessed'] }

  testWith(['program logger'], 'is understood in all its modes over the network', async () => {
    await using box = await startBox({ config: CONFIG })
    const to = ['--server', '127.0.0.1', '--port', String(await box.port('syslog', 'udp'))]
    const toTcp = ['--server', '127.0.0.1', '--port', String(await box.port('syslog', 'tcp')), '--tcp']
    for (const [number, [words, want]] of (
      [
        [[...to, '--udp', '-t', 'app'], { ...modern, app: 'app', facility: 'user', severity: 'notice' }],
        [
          [...to, '--udp', '-p', 'local3.err', '--id=4711', '--msgid', 'ID47', '-t', 'app'],
          { ...modern, app: 'app', procid: '4711', msgid: 'ID47', facility: 'local3', severity: 'err' },
        ],
        [[...to, '--udp', '--rfc5424=notime,nohost', '-t', 'app'], { ...modern, host: null, ts: null, sd: null }],
        [[...to, '--udp', '--rfc5424=notq', '-t', 'app'], { ...modern, app: 'app', sd: null }],
        [
          [...to, '--udp', '-t', 'app', ...sdWords()],
          { ...modern, sd: { ...TIME_QUALITY, 'zoo@123': { tiger: 'hungry', zebra: 'run "away" ]' } } },
        ],
        [[...to, '--udp', '--rfc3164', '-t', 'app', '--id=77'], { ...old, app: 'app', procid: '77' }],
        [[...toTcp, '-t', 'app'], { ...modern, app: 'app' }],
        [
          [...toTcp, '--octet-count', '-t', 'app', '-p', 'cron.debug'],
          { ...modern, facility: 'cron', severity: 'debug' },
        ],
        [[...toTcp, '--rfc3164', '-t', 'app'], { ...old, app: 'app' }],
        [[...toTcp, '--octet-count', '--rfc3164', '-t', 'app'], { ...old, app: 'app' }],
      ] satisfies [string[], object][]
    ).entries()) {
      const text = `mode-${number}-of-logger grüß dich`
      run('logger', [...words, text])
      const [message] = await stored(box, `mode-${number}-`)
      expect(message, words.join(' ')).toMatchObject({ ...want, msg: text })
    }
  })

  testWith(
    ['program logger'],
    'is understood on the local socket, line by line, with priorities in front',
    async () => {
      await using box = await startBox({ config: CONFIG })
      const socket = join(box.folder, 'run/log.sock')
      run('logger', ['--socket', socket, '-t', 'app', '--id=12', '-p', 'mail.warning', 'local-one'])
      run(
        'logger',
        ['--socket', socket, '-t', 'app', '--prio-prefix', '--skip-empty'],
        '<4>local-two\n\n<191>local-three\n',
      )
      run('logger', ['--socket', socket, '--rfc5424', '-t', 'app', ...sdWords(), 'local-four'])
      const local = { host: hostname(), src: 'unix', app: 'app' }
      expect((await stored(box, 'local-one'))[0]).toMatchObject({
        ...{ ...local, procid: '12', facility: 'mail', severity: 'warning', format: 'rfc3164', msg: 'local-one' },
      })
      expect((await stored(box, 'local-two'))[0]).toMatchObject({ ...local, facility: 'user', severity: 'warning' })
      expect((await stored(box, 'local-three'))[0]).toMatchObject({ ...local, facility: 'local7', severity: 'debug' })
      expect((await stored(box, 'local-four'))[0]).toMatchObject({
        format: 'rfc5424',
        sd: { 'zoo@123': { tiger: 'hungry' } },
      })
    },
  )

  testWith(['program logger'], 'is understood on a local stream socket', async () => {
    await using box = await startBox({ config: '[syslog]\nlisten = ["unix-stream://run/stream.sock"]\n' })
    const socket = join(box.folder, 'run/stream.sock')
    for (const [number, words] of [['--rfc5424'], ['--rfc5424', '--octet-count'], ['--rfc3164'], []].entries()) {
      const all = ['--socket', socket, '--socket-errors=on', '--tcp', ...words, '-t', 'app', '-p', 'news.info']
      run('logger', [...all, `stream-${number} grüß dich`])
      const [message] = await stored(box, `stream-${number}`)
      const want = { app: 'app', facility: 'news', severity: 'info', src: 'unix', msg: `stream-${number} grüß dich` }
      expect(message, words.join(' ')).toMatchObject(want)
    }
  })

  testWith(['program logger'], 'sends a whole file over one connection, in order', async () => {
    await using box = await startBox({ config: CONFIG })
    const port = String(await box.port('syslog', 'tcp'))
    const lines = Array.from({ length: 500 }, (_, index) => `line ${index} of-the-file`)
    for (const framing of [[], ['--octet-count']]) {
      run('logger', ['--server', '127.0.0.1', '--port', port, '--tcp', ...framing], `${lines.join('\n')}\n`)
      await stored(box, 'of-the-file', framing.length === 0 ? 500 : 1000)
    }
    const found = (await stored(box, 'of-the-file', 1000)).map(({ msg }) => msg)
    expect(found).toEqual([...lines, ...lines])
  })
})

function sdWords(): string[] {
  return ['--sd-id', 'zoo@123', '--sd-param', 'tiger="hungry"', '--sd-param', String.raw`zebra="run \"away\" \]"`]
}

describe("Python's SysLogHandler", () => {
  const program = `
import logging, logging.handlers, socket, sys
where, kind, facility = sys.argv[1:]
address = where if kind == "unix" else ("127.0.0.1", int(where))
handler = logging.handlers.SysLogHandler(address, facility, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
handler.ident = "app[7]: " if kind == "unix" else ""
log = logging.getLogger("x")
log.addHandler(handler)
log.error("from-python by %s", kind)
log.critical("from-python by %s: grün", kind)
handler.close()
`

  testWith(['program python3'], 'is understood over UDP, TCP and the local socket', async () => {
    await using box = await startBox({ config: CONFIG })
    const places = {
      udp: String(await box.port('syslog', 'udp')),
      tcp: String(await box.port('syslog', 'tcp')),
      unix: join(box.folder, 'run/log.sock'),
    }
    for (const [kind, where] of Object.entries(places)) {
      run('python3', ['-c', program, where, kind, 'local5'])
      const [first, second] = await stored(box, `from-python by ${kind}`, 2)
      // It sends a NUL behind each message; over TCP that is what ends it.
      const want = kind === 'unix' ? { app: 'app', procid: '7', host: hostname() } : { host: null, app: null }
      expect(first).toMatchObject({ ...want, facility: 'local5', severity: 'err', msg: `from-python by ${kind}` })
      expect(second).toMatchObject({ ...want, severity: 'crit', msg: `from-python by ${kind}: grün` })
    }
  })
})

describe('busybox', () => {
  /** The words that run a script where /dev/log is its own. */
  const inOwnDev = (script: string): string[] => {
    return ['--mount', 'sh', '-c', `mount -t tmpfs tmpfs /dev && mknod -m 666 /dev/null c 1 3 && ${script}`]
  }

  testWith(['namespaces', 'program busybox'], 'logger is understood where our socket is /dev/log', async () => {
    await using box = await startBox({ config: CONFIG })
    const link = `ln -s ${join(box.folder, 'run/log.sock')} /dev/log`
    const words = inOwnDev(`${link} && busybox logger -t bb -p local0.warn from-busybox`)
    const { status, stderr } = spawnSync('unshare', words, { encoding: 'utf8', timeout: HANG_MS })
    expect(status, stderr).toBe(0)
    const [message] = await stored(box, 'from-busybox')
    expect(message).toMatchObject({ ...bb('local0', 'warning'), src: 'unix', host: hostname() })
  })

  testWith(['namespaces', 'program busybox'], 'syslogd -R passes on what it gets', async () => {
    await using box = await startBox({ config: CONFIG })
    const port = await box.port('syslog', 'udp')
    const asked =
      'until [ -S /dev/log ]; do busybox usleep 10000; done; busybox logger -t bb -p local0.warn from-busybox'
    const words = inOwnDev(`{ { ${asked}; } & } && exec busybox syslogd -n -R 127.0.0.1:${port}`)
    const syslogd = spawn('unshare', words, { stdio: 'ignore' })
    const ended = once(syslogd, 'exit')
    try {
      const [message] = await stored(box, 'from-busybox')
      expect(message).toMatchObject(bb('local0', 'warning'))
      // It puts no host into what it passes on: the sender is who it comes from.
      expect(message?.src).toMatch(/^127\.0\.0\.1:/)
    } finally {
      syslogd.kill('SIGKILL')
      await ended
    }
  })

  const bb = (facility: string, severity: string): Partial<StoredMessage> => ({
    ...{ facility, severity, app: 'bb', msg: 'from-busybox', format: 'rfc3164' },
  })
})
