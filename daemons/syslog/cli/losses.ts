import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { type Account, accountOf, type Loss, shareOfReached } from '../ledger/account.ts'
import { readLedger } from '../ledger/read-ledger.ts'
import { visible } from '../query/log-text.ts'
import type { LogsIo } from '../query/logs-io.ts'
import { MOMENTS, readMoment } from '../query/moment.ts'

interface LossesOptions {
  readonly since?: string
  readonly until?: string
  readonly json?: true
}

const EXIT = { done: 0, usage: 64, permission: 77, temporary: 75 } as const

/**
 * The command `lanward logs losses`: what of the messages that reached this box is not in the store, when and why. It
 * reads the ledger's files by itself.
 *
 * @param argv arguments behind `logs losses`
 * @param stateDir the syslog daemon's own folder
 * @returns the exit code; 64 with the reason on stderr when an argument cannot be
 */
export async function main(argv: string[], stateDir: string, io: LogsIo): Promise<number> {
  const options = readOptions(argv, io)
  if (typeof options === 'number') return options
  const nowMs = io.now.getTime()
  const sinceMs = readMoment(options.since ?? '30d', nowMs)
  const untilMs = readMoment(options.until ?? 'now', nowMs)
  for (const [name, value, ms] of [
    ['--since', options.since, sinceMs],
    ['--until', options.until, untilMs],
  ] as const) {
    if (ms !== null) continue
    io.stderr.write(`${name} "${visible(value ?? '')}" is no time: allowed are ${MOMENTS}\n`)
    return EXIT.usage
  }
  try {
    const since = sinceMs ?? 0
    const until = Math.max(since, untilMs ?? nowMs)
    const account = accountOf([...readLedger(join(stateDir, 'ledger'), since, until)], since, until)
    io.stdout.write(options.json === true ? `${JSON.stringify(account)}\n` : accountText(account))
    return EXIT.done
  } catch (error) {
    io.stderr.write(`cannot read the loss ledger: ${visible(error instanceof Error ? error.message : String(error))}\n`)
    const code = error instanceof Error && 'code' in error ? error.code : null
    return code === 'EACCES' || code === 'EPERM' ? EXIT.permission : EXIT.temporary
  }
}

function readOptions(argv: string[], io: LogsIo): LossesOptions | number {
  const command = new Command('lanward logs losses')
    .description('Tells what of the messages that reached this box is not in the store, when and why.')
    .option('--since <time>', `since TIME (default: 30 days ago): ${MOMENTS}`)
    .option('--until <time>', 'until TIME')
    .option('--json', 'one JSON document')
    .addHelpText('after', HELP)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text.split('\n').map(visible).join('\n')),
    })
  try {
    return command.parse(argv, { from: 'user' }).opts<LossesOptions>()
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
    throw error
  }
}

const HELP = `
Examples:
  lanward logs losses
      what was lost in the last 30 days
  lanward logs losses --since yesterday --json | jq '.losses[]'
      for programs
`

/** The account for people: a line for each loss, then the sum. */
export function accountText(account: Account): string {
  const { losses, reached, stored, empty, lost, since, until } = account
  const rows = losses.map((loss) => [
    ...[second(loss.from), second(loss.to), loss.via ?? '-'],
    ...[loss.count === null ? 'unknown' : String(loss.count), wordsOf(loss)],
  ])
  const table = rows.length === 0 ? [] : [['FROM', 'TO', 'LISTENER', 'COUNT', 'REASON'], ...rows]
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...table.map((row) => row[column]?.length ?? 0)))
  const lines = table.map((row) =>
    row
      .map((cell, column) => (column === 3 ? cell.padStart(widths[3] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  '),
  )
  const span = `${second(since)} to ${second(until)}`
  const sum =
    reached === 0
      ? `nothing reached this box from ${span}`
      : `${shareOfReached(account)} from ${span} is stored: ` +
        `${reached} reached it, ${stored} stored, ${lost} lost${empty === 0 ? '' : `, ${empty} empty`}`
  return [...lines, sum].map((line) => `${visible(line.trimEnd())}\n`).join('')
}

function second(time: string): string {
  return `${time.slice(0, 19)}Z`
}

function wordsOf({ reason, sender, target }: Loss): string {
  switch (reason) {
    case 'kernel':
      return 'dropped by the kernel: the receive buffer was full'
    case 'disk_full':
      return 'the disk was full'
    case 'disk_error':
      return 'the disk refused'
    case 'rate_limited':
      return 'senders sent more than rate_limit allows'
    case 'bug':
      return 'our own code failed'
    case 'killed':
      return 'read by a daemon that was killed before it had stored them'
    case 'power':
      return 'stored, and gone with a loss of power'
    case 'connections':
      return 'maybe lost: what was under way in open connections that ended with a killed daemon'
    case 'not_listening':
      return 'nobody listened: lanward was not running'
    case 'forward_maybe_lost':
      return `stored; perhaps ${target ?? 'a target'} did not get it: the connection was reset`
    case 'forward_spool_overflow':
      return `stored; not forwarded to ${target ?? 'a target'}: its spool was full`
    case 'forward_refused':
      return `stored; refused by ${target ?? 'a target'}`
    case 'device_gap':
      return `missing in the numbering of ${sender ?? 'a device'}: lost before this box, or told above`
  }
}
