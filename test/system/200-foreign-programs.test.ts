import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, describe, expect, test } from 'vitest'
import { type Box, startBox } from '../support/box.ts'
import { testWith } from '../support/needs.ts'
import { isGone } from '../support/process-state.ts'
import { waitFor } from '../support/wait-for.ts'

const folder = mkdtempSync(join(tmpdir(), 'lanward-foreign-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A `[[service]]`; text of the command may hold anything but three quotes in a row. */
function service(name: string, command: readonly string[], keys = ''): string {
  const words = command.map((word) => `'''${word}'''`).join(', ')
  return `[[service]]\nname = "${name}"\ncommand = [${words}]\n${keys}\n`
}

/** What the newest run of a service said. */
function lastLines(box: Box, name: string): readonly string[] {
  const why: { exits: readonly { last_lines: readonly string[] }[] } = JSON.parse(
    box.lanward('why', name, '--json').stdout,
  )
  return why.exits[0]?.last_lines ?? []
}

const WEB = `
import http.server, os, socket, sys
listener = socket.socket(fileno=3)
class Answer(http.server.BaseHTTPRequestHandler):
  def do_GET(self):
    self.send_response(200)
    self.end_headers()
    self.wfile.write(f'{os.getpid()} {os.environ["LISTEN_PID"]}'.encode())
  def log_message(self, *_):
    pass
server = http.server.HTTPServer(('', 0), Answer, bind_and_activate=False)
server.socket = listener
server.serve_forever()
`

const PLAIN = `
import os, socket
listener = socket.socket(fileno=3)
while True:
  connection, _ = listener.accept()
  connection.sendall(str(os.getpid()).encode())
  connection.close()
`

describe('programs of others', () => {
  testWith(
    ['program python3'],
    'a web server on a held socket: who connects while it is dead is answered by its next life',
    async () => {
      const config = service('web', ['python3', '-c', WEB], 'listen = ["tcp://127.0.0.1:0"]')
      await using box = await startBox({ config })
      const port = await box.port('web', 'tcp')
      const { pid } = await box.service('web')
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe(`${pid} ${pid}`)
      // Nobody starts the next life before the client is there.
      box.supervisor.kill('SIGSTOP')
      process.kill(pid ?? 0, 'SIGKILL')
      await waitFor('its death', () => isGone(pid ?? 0) || undefined)
      const client = connect(port, '127.0.0.1')
      await once(client, 'connect')
      client.write('GET / HTTP/1.0\r\n\r\n')
      box.supervisor.kill('SIGCONT')
      const answer = (await text(client)).split('\r\n\r\n')[1]
      const after = await box.service('web')
      expect(answer).toBe(`${after.pid} ${after.pid}`)
      expect(after.pid).not.toBe(pid)
      expect(after.last_exit).toMatchObject({ signal: 'SIGKILL', queued: 1 })
    },
  )

  testWith(['program python3'], 'a program that simply accepts waits in accept, as under systemd', async () => {
    const config = service('plain', ['python3', '-c', PLAIN], 'listen = ["tcp://127.0.0.1:0"]')
    await using box = await startBox({ config })
    const port = await box.port('plain', 'tcp')
    const { pid } = await box.service('plain')
    for (const _ of [1, 2]) expect(await text(connect(port, '127.0.0.1'))).toBe(`${pid}`)
    expect(await box.service('plain')).toMatchObject({ pid, restarts: 0 })
  })

  testWith(
    ['program systemd-notify'],
    'a shell script says by systemd-notify that it is ready, and is heard',
    async () => {
      const script = 'systemd-notify --ready --status="open for business" || exit 9; exec sleep 1000'
      await using box = await startBox({ config: service('shop', ['sh', '-c', script], 'type = "notify"') })
      await box.until('shop', 'past the barrier of systemd-notify', ({ status }) => status === 'open for business')
      expect(await box.service('shop')).toMatchObject({ state: 'ready', restarts: 0 })
    },
  )

  testWith(
    ['program rsyslogd'],
    'a daemon made for systemd runs unchanged: ready by its own word, ends on SIGTERM',
    async () => {
      const config = join(folder, 'rsyslog.conf')
      writeFileSync(config, `global(workDirectory="${folder}")\n*.* action(type="omfile" file="${folder}/out")\n`)
      const command = ['rsyslogd', '-n', '-f', config, '-i', 'NONE']
      const keys = 'type = "notify"\nenvironment = { PATH = "/usr/sbin:/usr/bin:/sbin:/bin" }'
      await using box = await startBox({ config: service('rsyslog', command, keys) })
      expect(box.lanward('stop', 'rsyslog').status).toBe(0)
      expect((await box.service('rsyslog')).last_exit).toMatchObject({ reason: 'asked', code: 0 })
    },
  )

  testWith(
    ['program s6-svscan'],
    'a daemon made for s6 runs unchanged: ready by a newline on its descriptor',
    async () => {
      const scan = join(folder, 'scan')
      mkdirSync(scan)
      const keys = 'type = "notify"\nnotify_fd = 4\nlisten = ["udp://127.0.0.1:0"]\nstart_timeout = "60s"'
      await using box = await startBox({ config: service('svscan', ['s6-svscan', '-d', '4', scan], keys) })
      expect(await box.service('svscan')).toMatchObject({ state: 'ready', restarts: 0 })
    },
  )

  testWith(['root', 'namespaces'], 'another user has its groups, its limits and no rights beyond', async () => {
    const group = join(folder, 'group')
    writeFileSync(group, `${readFileSync('/etc/group', 'utf8').trimEnd()}\nlanward-extra:x:64321:nobody\n`)
    const script = `grep -E '^(Uid|Groups|Cap|NoNewPrivs)' /proc/self/status; ulimit -n; exec sleep 1000`
    const keys = 'user = "nobody"\nlimits = { open_files = 4321, core = "0" }'
    const inside = ['unshare', '--mount', '--fork', 'sh', '-c', 'mount --bind "$0" /etc/group && exec "$@"', group]
    await using box = await startBox({ config: service('other', ['sh', '-c', script], keys), inside })
    box.lanward('stop', 'other')
    const said = await waitFor('what it said', () => {
      const lines = lastLines(box, 'other')
      return lines.includes('4321') ? lines : undefined
    })
    const fields = new Map(said.map((line) => line.split(/:\s*/) as [string, string]))
    expect(fields.get('Uid')).toMatch(/^(\d+)(\t\1){3}$/)
    expect(fields.get('Uid')).not.toMatch(/^0\t/)
    expect(fields.get('Groups')?.split(' ')).toContain('64321')
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) expect(fields.get(set), set).toMatch(/^0+$/)
    expect(fields.get('NoNewPrivs')).toBe('1')
  })

  test('a limit that only root may raise is refused with its number', async () => {
    const config = service('greedy', ['sleep', '1000'], 'limits = { open_files = 1000000000 }')
    await using box = await startBox({ config, untilReady: false })
    const greedy = await box.until('greedy', 'not started', ({ last_exit }) => last_exit !== null)
    // As root, the kernel itself refuses more than fs.nr_open; prlimit tells it.
    if (process.getuid?.() === 0)
      await waitFor('its number', () => /NOFILE|nofile/.test(lastLines(box, 'greedy').join('\n')) || undefined)
    else
      expect(greedy.reason).toMatch(
        /cannot set limit nofile to 1000000000: ours is \d+, and to raise it needs root with CAP_SYS_RESOURCE/,
      )
  })
})

describe('a program that runs by the clock', () => {
  test('runs every second, waits in peace between, and its runs are kept', async () => {
    const job = service('job', ['sh', '-c', 'echo done'], 'schedule = "* * * * * *"\ntimezone = "Europe/Berlin"')
    const far = String((new Date().getHours() + 12) % 24).padStart(2, '0')
    const nightly = service('nightly', ['true'], `schedule = "0 ${far} * * *"`)
    await using box = await startBox({ config: `${job}${nightly}`, untilReady: false })
    const before = await box.until('nightly', 'waits', ({ health }) => health === 'ok')
    expect(before).toMatchObject({ state: 'stopped', pid: null, restarts: 0, last_exit: null })
    expect(before.status).toMatch(new RegExp(`^next run \\d{4}-\\d\\d-\\d\\d ${far}:00 \\S+; it has not run yet$`))
    await waitFor('job at rest after a run', () => {
      const { status, stdout } = box.lanward('status')
      const line = /job +stopped +ok .*next run .* Europe\/Berlin; last run: exit code 0\n/
      return (line.test(stdout) && status === 0) || undefined
    })
    const ledger = await waitFor('three runs in the ledger', () => {
      const why: { exits: readonly { at: string }[] } = JSON.parse(box.lanward('why', 'job', '--json').stdout)
      return why.exits.length >= 3 ? why.exits : undefined
    })
    const seconds = ledger.map(({ at }) => Math.floor(Date.parse(at) / 1000))
    expect(new Set(seconds).size).toBe(seconds.length)
    expect(box.lanward('why', 'nightly').stdout).toMatch(
      new RegExp(`Next: it runs at .* ${far}:00 .*, or now: lanward start nightly`),
    )
    expect(box.lanward('start', 'nightly').status).toBe(0)
    await box.until('nightly', 'ran', ({ last_exit }) => last_exit?.code === 0)
  })
})
