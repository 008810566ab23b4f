import { join } from 'node:path'
import { loadConfig } from '../../config/load-config.ts'
import { parseDuration } from '../../config/pieces/duration.ts'
import { type ListenUrl, parseListenUrl } from '../../daemons/wire/listen-url.ts'
import { askSupervisor } from '../control/control-client.ts'
import { labelTimeDrill, type TimeDrill } from '../host/time-drills.ts'
import { configPath } from './config-path.ts'
import { CommandFailure, EXIT } from './exit-code.ts'
import { loadBundle } from './load-bundle.ts'
import { printable } from './printable.ts'
import type { SharedOptions } from './request.ts'
import { printLine, printNote, type Terminal } from './terminal.ts'

export interface TimeDrillOptions extends SharedOptions {
  readonly listen?: string
  readonly offset?: string
  readonly step?: string
  readonly leap?: string
  readonly in?: string
  readonly stratum?: string
}

/** A timer of Node.js that is to wait longer than 2^31 ms, 24.8 days, fires at once. */
const IN_SECONDS_MAX = 24 * 86_400
/** How long the box may take to look. */
const LOOK_MS = 2_000
/** The ports that clients ask without being told to. */
const NTP_PORT = 123
const NEIGHBOURS = ['127.0.0.0/8', '::1/128', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fe80::/10', 'fc00::/7']

interface DrillMain {
  main(
    url: ListenUrl,
    fault: { offset: number; step: number | null; leap: 'insert' | 'delete' | null; inSeconds: number },
    allow: readonly string[],
    stratum: number,
    stop: AbortSignal,
    tell: (event: Readonly<Record<string, unknown>> & { readonly event: string }) => void,
  ): Promise<void>
}

/** `lanward time drill`: serves a wrong time beside the real one, for a class or a test, until it is interrupted. */
export async function runTimeDrill(options: TimeDrillOptions, terminal: Terminal): Promise<number> {
  if (options.offset === undefined && options.step === undefined && options.leap === undefined)
    throw new CommandFailure(EXIT.usage, 'say what is to be wrong: --offset 1h, --step -5s, or --leap insert')
  const { url, runDir, allow } = readListen(options, terminal)
  const fault = {
    offset: readSigned('--offset', options.offset ?? '0s'),
    step: options.step === undefined ? null : readSigned('--step', options.step),
    leap: readLeap(options.leap),
    inSeconds: readSigned('--in', options.in ?? '60s'),
  }
  if (fault.inSeconds < 0) throw new CommandFailure(EXIT.usage, '--in must not be negative')
  if (fault.inSeconds > IN_SECONDS_MAX) throw new CommandFailure(EXIT.usage, '--in must not be more than 24d')
  const stratum = Number(options.stratum ?? 10)
  if (!Number.isInteger(stratum) || stratum < 1 || stratum > 15)
    throw new CommandFailure(EXIT.usage, '--stratum must be a whole number from 1 to 15')
  const { main } = await loadBundle<DrillMain>('ntp', 'drill')
  const labels: ReturnType<typeof label>[] = []
  const tell = (event: Readonly<Record<string, unknown>> & { readonly event: string }): void => {
    if (event.event === 'serving')
      labels.push(label(runDir, { listen: `${event['listen']}`, fault: `${event['fault']}` }, terminal))
    printLine(terminal, options.json === true ? JSON.stringify({ drill: true, ...event }) : `DRILL: ${wordsOf(event)}`)
  }
  try {
    await main(url, fault, allow, stratum, terminal.stop, tell)
  } finally {
    for (const remove of await Promise.all(labels)) await remove()
  }
  return EXIT.ok
}

/**
 * Labels the drill in all views of the box, which looks at once; where there is none, says so.
 *
 * @returns takes the label away, and has the box look again
 */
async function label(
  runDir: string | null,
  drill: Omit<TimeDrill, 'pid'>,
  terminal: Terminal,
): Promise<() => Promise<void>> {
  if (runDir === null) return async () => undefined
  const look = (): Promise<unknown> =>
    askSupervisor(join(runDir, 'control.sock'), 'status', {}, LOOK_MS).catch(() => null)
  try {
    const remove = labelTimeDrill(runDir, drill)
    await look()
    return async () => {
      remove()
      await look()
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    printNote(terminal, `lanward: no other view of this box tells of the drill: ${printable(reason)}`)
    return async () => undefined
  }
}

/** Never where the real time is served. */
function readListen(
  options: TimeDrillOptions,
  terminal: Terminal,
): { readonly url: ListenUrl; readonly runDir: string | null; readonly allow: readonly string[] } {
  const text = options.listen ?? 'udp://127.0.0.1:1223'
  const url = parseListenUrl(text)
  if (url === null || url.scheme !== 'udp')
    throw new CommandFailure(EXIT.usage, `--listen must be a UDP address such as udp://127.0.0.1:1223, not ${text}`)
  if (url.port === NTP_PORT)
    throw new CommandFailure(EXIT.usage, 'a drill never takes port 123, where clients look for the real time')
  const loaded = loadConfig(configPath(options.config, terminal.env))
  if (loaded.kind === 'wrong') return { url, runDir: null, allow: NEIGHBOURS }
  const ntp = loaded.config.daemons.find(({ name }) => name === 'ntp')
  const real = ntp?.name === 'ntp' ? ntp.section : null
  const taken = real?.listen.map(parseListenUrl).some((one) => one !== null && 'port' in one && one.port === url.port)
  if (taken === true && url.port !== 0)
    throw new CommandFailure(EXIT.usage, `a drill never takes port ${url.port}, where [ntp] serves the real time`)
  return { url, runDir: loaded.config.runDir, allow: real?.allow ?? NEIGHBOURS }
}

function readSigned(name: string, text: string): number {
  const ms = parseDuration(text.replace(/^[+-]/, ''))
  if (ms === null)
    throw new CommandFailure(EXIT.usage, `${name} must be a duration such as 1h, +5s or -250ms, not ${text}`)
  return (text.startsWith('-') ? -ms : ms) / 1000
}

function readLeap(text: string | undefined): 'insert' | 'delete' | null {
  if (text === undefined || text === 'insert' || text === 'delete') return text ?? null
  throw new CommandFailure(EXIT.usage, `--leap must be insert or delete, not ${text}`)
}

function wordsOf(event: Readonly<Record<string, unknown>> & { readonly event: string }): string {
  switch (event.event) {
    case 'serving':
      return `${event['listen']} serves a wrong time on purpose, with the reference id DRIL: ${event['fault']}. Ctrl-C ends it`
    case 'stepped':
      return `the time has jumped by ${event['seconds']} s`
    case 'leaped':
      return `the leap second is done (${event['seconds']} s)`
    case 'client':
      return `${event['address']} asks for the first time`
    default:
      return `ended: ${counted(event['answered'], 'request')} of ${counted(event['clients'], 'client')} answered`
  }
}

function counted(count: unknown, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`
}
