import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LEAN_ENVIRONMENT } from '../../daemons/runtime/lean-memory.ts'
import { findSyslogNg, syslogNgCommand } from '../support/collectors.ts'
import { ServerProcess } from './server-process.ts'

/** A collector under measurement, listening over UDP and TCP on one port of 127.0.0.1. */
export interface Side {
  readonly title: string
  readonly port: number
  start(folder: string): ServerProcess
  /** Files that messages end in. */
  outputs(folder: string): string[]
}

/** Ours, as the bundle in dist/. @param instances receivers of each UDP address */
export function lanward(instances = 1): Side {
  const port = 11514
  return {
    title: instances === 1 ? 'lanward' : `lanward, ${instances} instances`,
    port,
    start: (folder) => {
      const section = join(folder, 'section.json')
      const settings = {
        listen: [`udp://127.0.0.1:${port}`, `tcp://127.0.0.1:${port}`],
        instances,
        maxMessageBytes: 65536,
        segment: { sizeBytes: 64 << 20, ageMs: 3_600_000 },
        retention: { ageMs: 86_400_000, sizeBytes: 10 * 2 ** 30 },
        sync: 1000,
        tls: null,
        forward: [],
        senders: [],
        limits: { connections: 1024, connectionsPerSender: 1024, rate: null },
        archive: { enabled: false, afterMs: 60_000 },
      }
      writeFileSync(section, JSON.stringify(settings))
      const bundle = new URL('../../dist/daemons/syslog/main.cjs', import.meta.url).pathname
      const environment = { ...LEAN_ENVIRONMENT, LANWARD_SECTION: section, STATE_DIRECTORY: join(folder, 'state') }
      return new ServerProcess('lanward', process.execPath, [bundle], environment)
    },
    outputs: (folder) => listFiles(join(folder, 'state', 'segments')),
  }
}

const RSYSLOGD = '/usr/sbin/rsyslogd'

/** Whether there is anybody to compare with. */
export const hasRsyslog = existsSync(RSYSLOGD)

/** Fields as ours has them, as far as rsyslogd knows them. */
const FIELDS = [
  ['timegenerated', 'rt', 'dateFormat="rfc3339"'],
  ['fromhost-ip', 'src', ''],
  ['inputname', 'via', ''],
  ['syslogfacility-text', 'facility', ''],
  ['syslogseverity-text', 'severity', ''],
  ['hostname', 'host', ''],
  ['programname', 'app', ''],
  ['procid', 'procid', ''],
  ['msgid', 'msgid', ''],
  ['timereported', 'ts', 'dateFormat="rfc3339"'],
  ['structured-data', 'sd', ''],
  ['msg', 'msg', ''],
].map(([name, key, form]) => `property(name="${name}" outname="${key}" ${form} format="jsonf")`)

/** rsyslogd with a JSON template, batches as large as ours. @param input imtcp, or imptcp, which is the faster and for Linux only */
export function rsyslog(input: 'imtcp' | 'imptcp' = 'imtcp'): Side {
  const port = 11515
  return {
    title: input === 'imtcp' ? 'rsyslogd' : 'rsyslogd, imptcp',
    port,
    start: (folder) => {
      const configuration = join(folder, 'rsyslog.conf')
      const fields = FIELDS.join(' constant(value=",") ')
      const lines = [
        `global(workDirectory="${folder}")`,
        'module(load="imudp" batchSize="128")',
        `module(load="${input}")`,
        `template(name="line" type="list") { constant(value="{") ${fields} constant(value="}\\n") }`,
        `input(type="imudp" address="127.0.0.1" port="${port}" rcvbufSize="4m" ruleset="all")`,
        `input(type="${input}" address="127.0.0.1" port="${port}" ruleset="all")`,
        `ruleset(name="all") { action(type="omfile" file="${join(folder, 'all.ndjson')}" template="line") }`,
      ]
      writeFileSync(configuration, `${lines.join('\n')}\n`)
      const pid = join(folder, 'rsyslog.pid')
      return new ServerProcess('rsyslogd', RSYSLOGD, ['-n', '-f', configuration, '-i', pid], {})
    },
    outputs: (folder) => [join(folder, 'all.ndjson')].filter((path) => existsSync(path)),
  }
}

/** Whether syslog-ng is there, installed or unpacked. */
export const hasSyslogNg = findSyslogNg() !== null

/** syslog-ng with the same fields, written a hundred lines at a time. */
export function syslogNg(): Side {
  const port = 11516
  return {
    title: 'syslog-ng',
    port,
    start: (folder) => {
      const file = join(folder, 'syslog-ng.conf')
      const output = join(folder, 'all.ndjson')
      const keys = ['rt=$R_ISODATE src=$SOURCEIP facility=$FACILITY severity=$PRIORITY host=$HOST app=$PROGRAM']
      const rest = ['procid=$PID msgid=$MSGID ts=$S_ISODATE sd=$SDATA msg=$MSG']
      const lines = [
        '@version: 3.38',
        'options { flush-lines(100); log-fifo-size(200000); keep-hostname(yes); use-dns(no); dns-cache(no); stats-freq(0); };',
        `source udp { network(ip("127.0.0.1") port(${port}) transport("udp") so-rcvbuf(4194304) log-fetch-limit(128)); };`,
        `source tcp { network(ip("127.0.0.1") port(${port}) transport("tcp") max-connections(100) log-iw-size(100000)); };`,
        `destination all { file("${output}" template("$(format-json --omit-empty-values ${[...keys, ...rest].join(' ')})\n")); };`,
        'log { source(udp); source(tcp); destination(all); flags(flow-control); };',
      ]
      writeFileSync(file, `${lines.join('\n')}\n`)
      const [program, words, environment] = syslogNgCommand(folder, file)
      // It tells of each connection.
      const quiet = words.filter((word) => word !== '--stderr')
      return new ServerProcess('syslog-ng', program, quiet, { LD_LIBRARY_PATH: environment['LD_LIBRARY_PATH'] ?? '' })
    },
    outputs: (folder) => [join(folder, 'all.ndjson')].filter((path) => existsSync(path)),
  }
}

function listFiles(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
}
