import { hostname } from 'node:os'
import { join } from 'node:path'
import { configPath } from './config-path.ts'
import { CommandFailure, EXIT } from './exit-code.ts'
import { loadBundle } from './load-bundle.ts'
import { foldersOf, type SharedOptions } from './request.ts'
import { printNote, type Terminal } from './terminal.ts'

/** What the readers of the log store offer; they belong to the syslog daemon and come as files of their own. */
type LogsMain = (
  argv: string[],
  stateDir: string,
  io: {
    stdout: NodeJS.WritableStream
    stderr: NodeJS.WritableStream
    colour: boolean
    now: Date
    host: string
    services: readonly string[]
    stop: AbortSignal
    stdin?: AsyncIterable<Uint8Array>
    senders?: readonly unknown[]
  },
) => Promise<number>

/** Words behind `logs` that are commands of their own. */
const SUBCOMMANDS = ['losses', 'explain'] as const

/** `lanward logs …`: hands everything but `--config` to the reader of the log store, which needs no supervisor. */
export async function runLogs(words: readonly string[], options: SharedOptions, terminal: Terminal): Promise<number> {
  const { argv, config } = takeConfig(words)
  const shared = config === undefined ? options : { ...options, config }
  const help = argv.includes('--help') || argv.includes('-h')
  const { stateDir, services } = help ? { stateDir: '', services: [] } : foldersOf(shared, terminal)
  const subcommand = SUBCOMMANDS.find((word) => word === argv[0])
  const main = await loadLogsMain(subcommand ?? null)
  const { stdout, stderr, colour, stop } = terminal
  const own = subcommand === undefined ? argv : argv.slice(1)
  const wishes = options.json === true && !own.includes('--json') ? ['--json', ...own] : own
  const io = { stdout, stderr, colour, now: terminal.now(), host: hostname(), services, stop }
  const more =
    subcommand === 'explain' && !help ? { stdin: process.stdin, senders: await pinnedSenders(shared, terminal) } : {}
  return main(wishes, join(stateDir, 'syslog'), { ...io, ...more })
}

/** What the configuration says of senders; nothing while it is wrong, which is told. */
async function pinnedSenders(options: SharedOptions, terminal: Terminal): Promise<readonly unknown[]> {
  // The rest of us needs only two folders of it, and the checks take a tenth of the time of a short answer to load.
  const { loadConfig } = await import('../../config/load-config.ts')
  const loaded = loadConfig(configPath(options.config, terminal.env))
  if (loaded.kind === 'wrong') {
    printNote(terminal, 'the configuration is wrong (see: lanward check): what it says of senders is left out')
    return []
  }
  return loaded.config.daemons.flatMap((daemon) => (daemon.name === 'syslog' ? daemon.section.senders : []))
}

/** Parts `--config FILE` from the words that the reader of the store gets. */
export function takeConfig(words: readonly string[]): { argv: string[]; config: string | undefined } {
  const argv: string[] = []
  let config: string | undefined
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    if (word.startsWith('--config=')) config = word.slice('--config='.length)
    else if (word === '--config') {
      index++
      config = words[index]
      if (config === undefined) throw new CommandFailure(EXIT.usage, '--config needs the name of a file')
    } else argv.push(word)
  }
  return { argv, config }
}

/** Loads a reader of the log store. @throws CommandFailure when it is not built */
export async function loadLogsMain(subcommand: (typeof SUBCOMMANDS)[number] | null = null): Promise<LogsMain> {
  const module = await loadBundle<{ main: LogsMain }>('syslog', subcommand ?? 'logs')
  return module.main
}
