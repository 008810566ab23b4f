import { join } from 'node:path'
import { askSql } from '../query/ask-sql.ts'
import type { CountedField } from '../query/chunk.ts'
import { countLogs } from '../query/count-logs.ts'
import { isServiceOf } from '../query/known-service.ts'
import { readFilter } from '../query/log-filter.ts'
import { type LogsOptions, readOptions } from '../query/log-options.ts'
import { LogOutput } from '../query/log-output.ts'
import { visible } from '../query/log-text.ts'
import type { LogsIo } from '../query/logs-io.ts'
import { showLogs } from '../query/show-logs.ts'
import { SqlFailure } from '../query/sql-failure.ts'

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
  const folder = join(stateDir, 'segments')
  const filter = readFilter(options, io.now.getTime(), io.host)
  if ('wrong' in filter) return refuse(io, filter.wrong)
  const wrong = whatIsWrong(options)
  if (wrong !== null) return refuse(io, wrong)
  const output = new LogOutput(io.stdout)
  const json = options.json === true
  try {
    const { service, stats, lines, context } = options
    if (service !== undefined && !io.services.includes(service) && !isServiceOf(folder, service, io.host)) {
      const known = ['lanward', ...io.services].join(' ')
      return refuse(io, `--service "${service}" is none of: ${known}; and the store has nothing of it`)
    }
    if (options.sql !== undefined) await askSql(folder, { question: options.sql, filter, json }, output, io)
    else if (stats !== undefined) await countLogs(folder, { filter, by: stats as CountedField, json }, output, io)
    else if (options.histogram === true) await countLogs(folder, { filter, by: 'time', json }, output, io)
    else {
      const count = lines === undefined ? defaultCount(options, io) : Number(lines)
      const wish = { filter, count, follow: options.follow === true, json, context: Number(context ?? 0) }
      await showLogs(folder, wish, output, io)
    }
    await output.flush()
    if (output.failure !== null) throw output.failure
    return EXIT.done
  } catch (error) {
    await output.flush()
    if (error instanceof SqlFailure) return refuseSql(io, error)
    const code = error instanceof Error && 'code' in error ? error.code : null
    io.stderr.write(`cannot read the log store: ${visible(error instanceof Error ? error.message : String(error))}\n`)
    return code === 'EACCES' || code === 'EPERM' ? EXIT.permission : EXIT.temporary
  }
}

/** What cannot be about the options that are no filters, in words. */
function whatIsWrong(options: LogsOptions): string | null {
  const { lines, context, stats, histogram, follow, grep, fixed, sql, since, until, json, ...others } = options
  if (lines !== undefined && !/^\d{1,9}$/.test(lines)) return `--lines "${lines}" is no number of messages`
  if (context !== undefined && !/^\d{1,4}$/.test(context)) return `--context "${context}" is no number up to 9999`
  if (context !== undefined && grep === undefined && fixed === undefined)
    return '--context needs --grep or --fixed: it shows what is around their hits'
  if (stats !== undefined && !FIELDS.includes(stats)) return `--stats "${stats}" is none of: ${FIELDS.join(' ')}`
  const beside = { lines, context, stats, histogram, follow, grep, fixed, ...others }
  if (sql !== undefined && Object.values(beside).some((value) => value !== undefined))
    return '--sql goes with --since, --until and --json alone: say the rest in its WHERE'
  const counting = stats !== undefined ? '--stats' : histogram === true ? '--histogram' : null
  if (counting === null) return null
  if (stats !== undefined && histogram === true) return '--stats and --histogram cannot stand together'
  if (follow === true || lines !== undefined || context !== undefined)
    return `${counting} counts all that match: it goes with no --follow, --lines or --context`
  return null
}

function defaultCount(options: LogsOptions, io: LogsIo): number {
  if (options.since !== undefined || options.until !== undefined) return Number.POSITIVE_INFINITY
  if (options.follow === true) return 10
  return 'isTTY' in io.stdout && io.stdout.isTTY === true ? 100 : Number.POSITIVE_INFINITY
}

function refuse(io: LogsIo, reason: string): number {
  io.stderr.write(`${visible(reason)}\n`)
  return EXIT.usage
}

function refuseSql(io: LogsIo, { why, message }: SqlFailure): number {
  const missing = why === 'engine' && /@duckdb/.test(message)
  io.stderr.write(
    `${missing ? '--sql needs the package @duckdb/node-api, which is not installed' : visible(message)}\n`,
  )
  return why === 'asked' ? EXIT.usage : EXIT.temporary
}

const FIELDS: readonly string[] = ['host', 'app', 'severity']
