import { Command, CommanderError } from 'commander'
import type { FilterOptions } from './log-filter.ts'
import { visible } from './log-text.ts'
import type { LogsIo } from './logs-io.ts'
import { MOMENTS } from './moment.ts'

/** The options as typed. */
export type LogsOptions = FilterOptions & {
  readonly follow?: true
  readonly lines?: string
  readonly json?: true
  readonly context?: string
  readonly stats?: string
  readonly histogram?: true
  readonly sql?: string
}

/** Reads the words behind `logs`; a wrong one is said on stderr. @returns the options, or the exit code: 0 after the help, 64 */
export function readOptions(argv: readonly string[], io: LogsIo): LogsOptions | number {
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
    .option('--grep <regex>', 'whose text matches the regular expression (RE2 syntax; `(?i)` in front ignores case)')
    .option('--fixed <text>', 'whose text has TEXT in it as it stands, like grep -F')
    .option('-C, --context <count>', 'with COUNT messages before and behind each that --grep or --fixed finds')
    .option('--stats <field>', 'count them by host, app or severity instead')
    .option('--histogram', 'show how many came when instead')
    .option('--sql <select>', 'ask the table `logs` one SELECT instead; only --since and --until go with it')
    .option('--json', 'the stored lines as they are, one JSON object each')
    .addHelpText('after', `\n${HOW_MANY}\n`)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(visibleLines(text)),
    })
  try {
    return command.parse([...argv], { from: 'user' }).opts<LogsOptions>()
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 64
    throw error
  }
}

/** Commander quotes what was typed; its own line ends stay. */
function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n')
}

const HOW_MANY = `Without --lines: all that match, but on a terminal without --since and --until the last 100,
and with --follow the last 10. --config FILE names the configuration, as with every command.

Examples:
  lanward logs -f
      what comes, as it comes
  lanward logs --since 15m --severity warning
      a quarter of an hour, warnings and worse
  lanward logs --host switch-7 --grep 'link (up|down)' -C 3
      one device, by its text, with what it said around
  lanward logs --since today --stats host
      who talks most
  lanward logs --since 7d --fixed 'Failed password' --histogram
      when it happened
  lanward logs --sql "SELECT app, count(*) AS n FROM logs GROUP BY app ORDER BY n DESC LIMIT 5"
      anything else
  lanward logs --json -n 1000 | jq .msg
      for programs
  lanward logs losses
      what was lost, when and why; see lanward logs losses --help
  lanward logs explain --seq 4711
      how a message was read; see lanward logs explain --help`
