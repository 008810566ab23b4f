import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median, printTable } from './figures.ts'
import { type FilledStore, fillStore } from './fill-store.ts'

/**
 * What finding costs in a store of many messages, and how big it is: a store of a made-up site is filled through our own parser, sealed
 * as the daemon has it sealed, and asked by the command `lanward logs` as a whole process, in turn with `grep -F` on the same messages
 * as plain text. All of it is in the page cache. Build first.
 *
 * Arguments: messages (default 1000000), rounds (default 5). 10000000 need 7 GB below TMPDIR and some minutes.
 */
const [messages = 1_000_000, rounds = 5] = process.argv.slice(2, 4).map(Number)
const ROOT = new URL('../..', import.meta.url).pathname
const START_MS = Date.UTC(2026, 10, 1)
/** The messages of 10 million are those of a week. */
const PER_SECOND = 16.5

interface Run {
  readonly seconds: number
  readonly cpu: number
  readonly lines: number
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-search-'))
  try {
    const segments = join(folder, 'state', 'syslog', 'segments')
    const text = join(folder, 'text')
    mkdirSync(segments, { recursive: true })
    const filled = fillStore(segments, text, messages, START_MS, PER_SECOND)
    measureSealing(segments, filled)
    const config = join(folder, 'lanward.toml')
    writeFileSync(config, 'state_dir = "state"\nrun_dir = "run"\n[syslog]\nlisten = ["udp://127.0.0.1:0"]\n')
    measureFinding(config, text)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function measureSealing(segments: string, filled: FilledStore): void {
  const names = readdirSync(segments).sort()
  const sealed = names.slice(0, -1)
  const before = bytesOf(segments, sealed)
  const program = join(ROOT, 'dist/daemons/syslog/archive/seal.cjs')
  const { seconds, cpu } = run([process.execPath, program, segments, ...sealed])
  const parquet = bytesOf(
    segments,
    readdirSync(segments).filter((name) => name.endsWith('.parquet')),
  )
  const sieves = bytesOf(
    segments,
    readdirSync(segments).filter((name) => name.endsWith('.sieve')),
  )
  // The newest segment stays as it is: what was sealed is counted by its share of the bytes.
  const share = before / filled.storedBytes
  const raw = filled.rawBytes * share
  const count = filled.messages * share
  const percent = (bytes: number, of: number): string => `${((100 * bytes) / of).toFixed(1)} %`
  printTable(
    [
      'messages sealed',
      'as sent, MB',
      'NDJSON, MB',
      'Parquet, MB',
      'of what was sent',
      'of NDJSON',
      'sieves, of what was sent',
    ],
    [
      [
        Math.round(count),
        mega(raw),
        mega(before),
        mega(parquet),
        percent(parquet, raw),
        percent(parquet, before),
        percent(sieves, raw),
      ],
    ],
  )
  printTable(['sealed/s', 'µs CPU per message'], [[Math.round(count / seconds), ((1e6 * cpu) / count).toFixed(1)]])
}

function measureFinding(config: string, text: string): void {
  const middle = new Date(START_MS + ((messages / PER_SECOND) * 1000) / 2)
  const until = new Date(middle.getTime() + 3_600_000)
  const span = ['--since', middle.toISOString(), '--until', until.toISOString()]
  const rows: (string | number)[][] = []
  for (const [title, words] of [
    ['one host, one hour', ['--host', 'srv-02', ...span]],
    ['one device by its address, one hour, errors', ['--host', '10.20.0.14', '--severity', 'err', ...span]],
    ['the newest 100', ['-n', '100']],
    ['--stats host', ['--stats', 'host']],
    ['--histogram', ['--histogram']],
    ["--grep 'FAN [0-9] in switch'", ['--grep', 'FAN [0-9] in switch']],
  ] as const)
    rows.push([title, ...figures(repeat(() => lanward(config, words)))])
  printTable(['question', 'answer in s', 'CPU, s', 'lines'], rows)

  const races: (string | number)[][] = []
  for (const needle of [
    'no such text',
    'speed 899 rpm',
    'FAN 2 in switch',
    'between port Gi1/0/7',
    'Failed password',
    'session opened',
  ]) {
    const ours: Run[] = []
    const greps: Run[] = []
    for (let round = 0; round <= rounds; round++) {
      ours.push(lanward(config, ['--fixed', needle]))
      greps.push(run(['grep', '-F', needle, text]))
    }
    const [own = Number.NaN, grep = Number.NaN] = [ours, greps].map((each) =>
      median(each.slice(1).map(({ seconds }) => seconds)),
    )
    races.push([needle, ...figures(ours.slice(1)), ...figures(greps.slice(1)).slice(0, 2), (own / grep).toFixed(2)])
  }
  printTable(['text', 'lanward, s', 'CPU, s', 'lines', 'grep -F, s', 'CPU, s', 'ratio'], races)
}

function lanward(config: string, words: readonly string[]): Run {
  return run([process.execPath, join(ROOT, 'supervisor/lanward.js'), '--config', config, 'logs', ...words])
}

/** One run more than is measured: the first one warms. */
function repeat(once: () => Run): Run[] {
  return Array.from({ length: rounds + 1 }, once).slice(1)
}

function figures(runs: readonly Run[]): [string, string, number] {
  return [
    median(runs.map(({ seconds }) => seconds)).toFixed(2),
    median(runs.map(({ cpu }) => cpu)).toFixed(2),
    runs[0]?.lines ?? 0,
  ]
}

/** A whole process with its output counted; the CPU is that of all its threads. */
function run(command: readonly string[]): Run {
  const startedMs = performance.now()
  // Through a pipe: grep stops at the first hit when it writes to /dev/null.
  const { stdout, stderr } = spawnSync('bash', ['-c', 'TIMEFORMAT="%U %S"; time "$@" | wc -l', 'bash', ...command], {
    encoding: 'utf8',
  })
  const seconds = (performance.now() - startedMs) / 1000
  const [user = 0, system = 0] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number)
  return { seconds, cpu: user + system, lines: Number(stdout) }
}

function bytesOf(folder: string, names: readonly string[]): number {
  return names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
}

function mega(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}

main()
