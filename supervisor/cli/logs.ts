import { hostname } from 'node:os'
import { join } from 'node:path'
import { CommandFailure, EXIT } from './exit-code.ts'
import { loadBundle } from './load-bundle.ts'
import { foldersOf, type SharedOptions } from './request.ts'
import type { Terminal } from './terminal.ts'

/** What the reader of the log store offers; it belongs to the syslog daemon and comes as a file of its own. */
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
  },
) => Promise<number>

/** `lanward logs …`: hands everything but `--config` to the reader of the log store, which needs no supervisor. */
export async function runLogs(words: readonly string[], options: SharedOptions, terminal: Terminal): Promise<number> {
  const { argv, config } = takeConfig(words)
  const shared = config === undefined ? options : { ...options, config }
  const help = argv.includes('--help') || argv.includes('-h')
  const { stateDir, services } = help ? { stateDir: '', services: [] } : foldersOf(shared, terminal)
  const [word] = argv
  const main = await (word === 'losses' ? loadSyslogMain('losses') : loadLogsMain())
  const { stdout, stderr, colour, stop } = terminal
  const own = word === 'losses' ? argv.slice(1) : argv
  const wishes = options.json === true && !own.includes('--json') ? ['--json', ...own] : own
  const io = { stdout, stderr, colour, now: terminal.now(), host: hostname(), services, stop }
  return main(wishes, join(stateDir, 'syslog'), io)
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

/** Loads the reader of the log store. @throws CommandFailure when it is not built */
export function loadLogsMain(): Promise<LogsMain> {
  return loadSyslogMain('logs')
}

async function loadSyslogMain(command: 'logs' | 'losses'): Promise<LogsMain> {
  const module = await loadBundle<{ main: LogsMain }>('syslog', command)
  return module.main
}
