import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { checkConfig } from '../../config/load-config.ts'
import { LEAN_ENVIRONMENT } from '../../daemons/runtime/lean-memory.ts'
import { median, printTable } from './figures.ts'
import { NumberSink } from './number-sink.ts'
import { ServerProcess } from './server-process.ts'

/**
 * Messages of 200 bytes that come over one TCP connection, are stored as lines of JSON, and are passed on over TCP with octet
 * counting: by us, and by rsyslogd with a disk-assisted queue, in turn. Twice: with the target there, and with it away until
 * all is stored, so that everything comes from the disk. The target is this process and checks that every message came.
 *
 * Arguments: rounds (default 3), messages (default 200000).
 */
const [rounds = 3, count = 200_000] = process.argv.slice(2).map(Number)
const RSYSLOGD = '/usr/sbin/rsyslogd'
const TARGET = 11_530
const FORWARD_SECONDS = 120

interface Side {
  readonly title: string
  readonly port: number
  start(folder: string): ServerProcess
}

const LANWARD: Side = {
  title: 'lanward',
  port: 11_531,
  start: (folder) => {
    const section = join(folder, 'section.json')
    const listen = `listen = ["tcp://127.0.0.1:${LANWARD.port}"]`
    const loaded = checkConfig(
      `[syslog]\n${listen}\n[[syslog.forward]]\nto = "tcp://127.0.0.1:${TARGET}"\n`,
      section,
      '',
    )
    if (loaded.kind === 'wrong') throw new Error(JSON.stringify(loaded.problems))
    writeFileSync(section, JSON.stringify(loaded.config.daemons[0]?.section))
    const bundle = new URL('../../dist/daemons/syslog/main.cjs', import.meta.url).pathname
    const environment = { ...LEAN_ENVIRONMENT, LANWARD_SECTION: section, STATE_DIRECTORY: join(folder, 'state') }
    return new ServerProcess(LANWARD.title, process.execPath, [bundle], environment)
  },
}

const RSYSLOG: Side = {
  title: 'rsyslogd',
  port: 11_532,
  start: (folder) => {
    const configuration = join(folder, 'rsyslog.conf')
    const fields = ['timegenerated', 'fromhost-ip', 'pri', 'hostname', 'programname', 'procid', 'timereported', 'msg']
    const line = fields.map((name) => `property(name="${name}" outname="${name}" format="jsonf")`)
    writeFileSync(
      configuration,
      `global(workDirectory="${folder}" net.enableDNS="off")
module(load="imtcp")
template(name="line" type="list") { constant(value="{") ${line.join(' constant(value=",") ')} constant(value="}\\n") }
input(type="imtcp" address="127.0.0.1" port="${RSYSLOG.port}" ruleset="all")
ruleset(name="all") {
  action(type="omfile" file="${join(folder, 'all.ndjson')}" template="line")
  action(type="omfwd" target="127.0.0.1" port="${TARGET}" protocol="tcp" TCP_Framing="octet-counted"
    template="RSYSLOG_SyslogProtocol23Format" action.resumeRetryCount="-1" action.resumeInterval="1"
    queue.type="LinkedList" queue.filename="forward" queue.size="20000" queue.maxDiskSpace="4g" queue.saveOnShutdown="on")
}
`,
    )
    return new ServerProcess(RSYSLOG.title, RSYSLOGD, ['-n', '-f', configuration, '-i', join(folder, 'pid')], {})
  },
}

interface Round {
  readonly perSecond: number
  readonly microseconds: number
  readonly missing: number
  readonly repeated: number
  readonly mebibytes: number
}

async function main(): Promise<void> {
  const sides = existsSync(RSYSLOGD) ? [LANWARD, RSYSLOG] : [LANWARD]
  if (sides.length === 1) process.stdout.write(`${RSYSLOGD} is not installed: only our own figures\n`)
  const rows: (string | number)[][] = []
  for (const away of [false, true]) {
    const results = new Map<string, Round[]>(sides.map((side) => [side.title, []]))
    for (let round = 0; round < rounds; round++)
      for (const side of sides) results.get(side.title)?.push(await measure(side, away))
    for (const [title, measured] of results)
      rows.push([
        away ? 'away first' : 'there',
        title,
        Math.round(median(measured.map(({ perSecond }) => perSecond))),
        median(measured.map(({ microseconds }) => microseconds)).toFixed(2),
        Math.round(median(measured.map(({ mebibytes }) => mebibytes))),
        measured.map(({ missing }) => missing).join(', '),
        measured.map(({ repeated }) => repeated).join(', '),
      ])
  }
  printTable(
    ['target', 'forwarder', 'messages/s', 'µs CPU/message', 'peak MiB', 'missing (rounds)', 'twice (rounds)'],
    rows,
  )
}

/** A fresh forwarder each time. What is measured ends when the target has everything; `away` begins when it comes. */
async function measure(side: Side, away: boolean): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-bench-forward-'))
  const sink = new NumberSink(count)
  if (!away) await sink.listen(TARGET)
  const server = side.start(folder)
  try {
    await listening(side.port)
    let cpu = server.cpuMicroseconds()
    let beganMs = performance.now()
    await send(side.port)
    if (away) {
      await settled(server)
      cpu = server.cpuMicroseconds()
      await sink.listen(TARGET)
      // Both try again within their own time; that is not what is measured.
      while (sink.different === 0) await pause(1)
      beganMs = performance.now()
    }
    await Promise.race([sink.complete(), pause(FORWARD_SECONDS * 1000, undefined, { ref: false })])
    const seconds = (performance.now() - beganMs) / 1000
    const microseconds = (server.cpuMicroseconds() - cpu) / count
    const { different, repeated } = sink
    return {
      perSecond: different / seconds,
      microseconds,
      missing: count - different,
      repeated,
      mebibytes: server.peakBytes() / 2 ** 20,
    }
  } finally {
    await server.stop()
    await sink.close()
    rmSync(folder, { recursive: true })
  }
}

/** Sends all messages over one connection, as fast as they are taken. */
async function send(port: number): Promise<void> {
  const peer = connect(port, '127.0.0.1')
  peer.on('error', () => undefined)
  const filler = 'the quick brown fox jumps over the lazy dog '.repeat(4)
  for (let number = 0; number < count; ) {
    let text = ''
    for (const end = Math.min(count, number + 500); number < end; number++)
      text += `<34>Oct 11 22:14:15 mymachine sshd[1234]: #${String(number).padStart(7, '0')} ${filler}\n`
    if (!peer.write(text.replace(/ +\n/g, '\n'))) await once(peer, 'drain')
  }
  peer.end()
  peer.resume()
  await once(peer, 'close')
}

/** Waits until the port is open. */
async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const peer = connect(port, '127.0.0.1')
    const open = await once(peer, 'connect').then(
      () => true,
      () => false,
    )
    peer.destroy()
    if (open) return
    await pause(20)
  }
  throw new Error(`nobody listens on port ${port}`)
}

/** Waits until it does nothing more, for two seconds in a row: on a busy machine it may have to wait for its turn. */
async function settled(server: ServerProcess): Promise<void> {
  for (let quiet = 0, last = -1; quiet < 2; ) {
    const now = server.cpuMicroseconds()
    quiet = now - last > 20_000 ? 0 : quiet + 1
    last = now
    await pause(1000)
  }
}

await main()
