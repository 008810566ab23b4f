import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { escapeTricky } from '../json-text.ts'
import { followLines } from '../query/follow.ts'
import { type FilterOptions, type LogFilter, readFilter } from '../query/log-filter.ts'
import { LogOutput } from '../query/log-output.ts'
import { formatLogText, visible } from '../query/log-text.ts'
import { MOMENTS } from '../query/moment.ts'
import { type Extent, listExtents, readBackward, readForward } from '../query/segment-lines.ts'
import { readStoredMessage } from '../query/stored-message.ts'

/** What the front command hands over. */
export interface LogsIo {
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
  readonly colour: boolean
  readonly now: Date
  /** This machine's name. */
  readonly host: string
  /** The configured services. */
  readonly services: readonly string[]
  readonly stop: AbortSignal
}

type LogsOptions = FilterOptions & { readonly follow?: true; readonly lines?: string; readonly json?: true }

const EXIT = { done: 0, usage: 64, permission: 77, temporary: 75 } as const

/**
 * The command `lanward logs`: shows stored messages, newest last. It reads the store's files by itself, so it needs no
 * running daemon.
 *
 * @param argv arguments behind `logs`
 * @param stateDir the syslog daemon's own folder
 * @returns the exit code; 64 with the reason on stderr when an argument cannot be
 */
export async function main(argv: string[], stateDir: string, io: LogsIo): Promise<number> {
  const options = readOptions(argv, io)
  if (typeof options === 'number') return options
  const { follow, lines, json, ...filters } = options
  const filter = readFilter(filters, io.now.getTime(), io.host)
  if ('wrong' in filter) return refuse(io, filter.wrong)
  if (lines !== undefined && !/^\d{1,9}$/.test(lines)) return refuse(io, `--lines "${lines}" is no number of messages`)
  const count = lines === undefined ? defaultCount(options, io) : Number(lines)
  const folder = join(stateDir, 'segments')
  try {
    const { service } = filters
    if (service !== undefined && !isKnownService(service, folder, io)) {
      const known = ['lanward', ...io.services].join(' ')
      return refuse(io, `--service "${service}" is none of: ${known}; and the store has nothing of it`)
    }
    return await show(folder, { filter, count, follow: follow === true, json: json === true }, io)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    io.stderr.write(`cannot read the log store: ${visible(error instanceof Error ? error.message : String(error))}\n`)
    return code === 'EACCES' || code === 'EPERM' ? EXIT.permission : EXIT.temporary
  }
}

function readOptions(argv: string[], io: LogsIo): LogsOptions | number {
  const command = new Command('lanward logs')
    .description('Shows collected messages, newest last; reads the store by itself.')
    .option('-f, --follow', 'go on showing messages as they are stored')
    .option('-n, --lines <count>', 'only the last COUNT that match')
    .option('--since <time>', `received since TIME: ${MOMENTS}`)
    .option('--until <time>', 'received until TIME')
    .option('--host <name>', 'from this host, or from this sender address')
    .option('--app <name>', 'from this program')
    .option('--severity <level>', 'of this severity or worse: emerg alert crit err warning notice info debug')
    .option('--facility <name>', 'of this facility: kern user mail daemon auth … local0 to local7')
    .option('--service <name>', "from one of Lanward's own services, or from the supervisor about it")
    .option('--grep <regex>', 'whose text matches the regular expression (JavaScript)')
    .option('--json', 'the stored lines as they are, one JSON object each')
    .addHelpText('after', `\n${HOW_MANY}\n`)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(visibleLines(text)),
    })
  try {
    return command.parse(argv, { from: 'user' }).opts<LogsOptions>()
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
    throw error
  }
}

const HOW_MANY = `Without --lines: all that match, but on a terminal without --since and --until the last 100,
and with --follow the last 10. --config FILE names the configuration, as with every command.

Examples:
  lanward logs -f
      what comes, as it comes
  lanward logs --since 15m --severity warning
      a quarter of an hour, warnings and worse
  lanward logs --host switch-7 --grep 'link (up|down)'
      one device, by its text
  lanward logs --json -n 1000 | jq .msg
      for programs`

function defaultCount(options: LogsOptions, io: LogsIo): number {
  if (options.since !== undefined || options.until !== undefined) return Number.POSITIVE_INFINITY
  if (options.follow === true) return 10
  return 'isTTY' in io.stdout && io.stdout.isTTY === true ? 100 : Number.POSITIVE_INFINITY
}

interface Wish {
  readonly filter: LogFilter
  readonly count: number
  readonly follow: boolean
  readonly json: boolean
}

async function show(folder: string, wish: Wish, io: LogsIo): Promise<number> {
  const output = new LogOutput(io.stdout)
  const format = (lines: readonly string[]): string => formatLines(lines, wish, io)
  const extents = listExtents(folder)
  const wanted = extents.filter((extent) => mayHold(extent, wish.filter))
  if (wish.count === Number.POSITIVE_INFINITY) {
    for (const extent of wanted)
      for (const lines of readForward(extent.path, 0, extent.end)) {
        if (output.isClosed || io.stop.aborted) return EXIT.done
        await output.write(format(lines))
      }
  } else await output.write(lastMatches(wanted, wish, format))

  if (wish.follow && !output.isClosed) {
    const newest = extents.at(-1)
    const place = newest === undefined ? null : { name: newest.name, offset: newest.end }
    const gone = new AbortController()
    output.whenClosed(() => gone.abort())
    const left = wish.filter.untilMs - io.now.getTime()
    const until = left < LONGEST_TIMER_MS ? [AbortSignal.timeout(Math.max(0, Math.ceil(left)))] : []
    const stop = AbortSignal.any([io.stop, gone.signal, ...until])
    for await (const lines of followLines(folder, place, stop)) await output.write(format(lines))
  }
  if (output.failure !== null) throw output.failure
  return EXIT.done
}

/** The last `count` matching lines, read from the end so that a big store costs no more than a small one. */
function lastMatches(extents: readonly Extent[], wish: Wish, format: (lines: readonly string[]) => string): string {
  const found: string[] = []
  for (const extent of extents.toReversed()) {
    for (const lines of readBackward(extent.path, extent.end)) {
      for (const line of lines.reverse()) {
        if (found.length >= wish.count) return found.reverse().join('')
        const text = format([line])
        if (text !== '') found.push(text)
      }
    }
  }
  return found.reverse().join('')
}

function formatLines(lines: readonly string[], wish: Wish, { host, colour }: LogsIo): string {
  let text = ''
  for (const line of lines) {
    const message = readStoredMessage(line)
    if (message === null || !wish.filter.matches(message)) continue
    text += wish.json ? `${escapeTricky(line)}\n` : formatLogText(message, host, colour)
  }
  return text
}

/** A segment is passed over when all in it is too old or too new; messages may have waited an hour before being stored. */
function mayHold(extent: Extent, filter: LogFilter): boolean {
  return extent.lastMs + SLACK_MS >= filter.sinceMs && extent.begunMs - SLACK_MS <= filter.untilMs
}

function refuse(io: LogsIo, reason: string): number {
  io.stderr.write(`${visible(reason)}\n`)
  return EXIT.usage
}

/** A service that was configured once is known as long as the store has lines of it. */
function isKnownService(service: string, folder: string, { services }: LogsIo): boolean {
  if (service === 'lanward' || services.includes(service)) return true
  const mark = `"via":${JSON.stringify(`service://${service}`)}`
  for (const { path, end } of listExtents(folder))
    for (const lines of readForward(path, 0, end)) if (lines.some((line) => line.includes(mark))) return true
  return false
}

/** Commander quotes what was typed; its own line ends stay. */
function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n')
}

const SLACK_MS = 3_600_000
const LONGEST_TIMER_MS = 2 ** 31 - 1
