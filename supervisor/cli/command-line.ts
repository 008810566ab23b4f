import { type Argument, Command, CommanderError, Option } from 'commander'
import { suggestWord } from '../../config/suggest-word.ts'
import { ControlFailure } from '../control/control-client.ts'
import { commandWord } from './command-word.ts'
import { exampleText } from './examples.ts'
import { CommandFailure, EXIT } from './exit-code.ts'
import { addLeaseCommands } from './leases/commands.ts'
import { packageVersion } from './package-root.ts'
import { printable } from './printable.ts'
import type { SharedOptions } from './request.ts'
import { printNote, type Terminal } from './terminal.ts'
import { addTimeCommands } from './time-commands.ts'
import { wrapText } from './wrap-text.ts'

/**
 * Runs one command line (without program name) to its end. Commands are loaded only when they run, so that asking for
 * the status does not load what checks a configuration.
 *
 * @returns the exit code; throws only for bugs
 */
export async function runCommandLine(argv: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = EXIT.ok
  const program = buildProgram(terminal, (result) => {
    code = result
  })
  try {
    refuseUnknown(argv, program)
    await program.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    if (!(error instanceof CommandFailure || error instanceof ControlFailure)) throw error
    printNote(
      terminal,
      error.message
        .split('\n')
        .map((line) => `lanward: ${printable(line)}`)
        .join('\n'),
    )
    return error.exitCode
  }
}

/** @throws CommandFailure for a command that there is not, with the one that was likely meant */
function refuseUnknown(argv: readonly string[], program: Command): void {
  const word = commandWord(argv)
  const asked = word === 'help' ? argv[argv.indexOf('help') + 1] : word
  const known = [...program.commands.map((command) => command.name()), 'help']
  if (asked === undefined || asked.startsWith('-') || known.includes(asked)) return
  const begun = known.filter((name) => name.startsWith(asked))
  const near = begun.length === 1 ? begun[0] : suggestWord(asked, known)
  const hint = near === null || near === undefined ? 'see: lanward --help' : `did you mean "${near}"?`
  throw new CommandFailure(EXIT.usage, `there is no command "${asked}"; ${hint}`)
}

function buildProgram(terminal: Terminal, finish: (code: number) => void): Command {
  const program = new Command('lanward')
  program
    .description('Gives a LAN its logs, time, addresses and health from one Linux box.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .enablePositionalOptions()
    .addOption(configOption())
    .addOption(jsonOption())
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'lanward: ')),
      getOutHelpWidth: () => terminal.columns ?? HELP_COLUMNS,
      getErrHelpWidth: () => terminal.columns ?? HELP_COLUMNS,
      getOutHasColors: () => terminal.colour,
      getErrHasColors: () => terminal.colour,
    })
    .configureHelp({
      minWidthToWrap: 20,
      subcommandTerm: (command) => [command.name(), ...command.registeredArguments.map(argumentTerm)].join(' '),
    })
    .exitOverride()
    .addHelpText(
      'after',
      () => `${exampleText('')}\n\n${wrapText(EXIT_TEXT, terminal.columns ?? HELP_COLUMNS).join('\n')}`,
    )

  const shared = (command: Command): SharedOptions => ({ ...program.opts(), ...command.opts() })
  /** Adds a command whose options may stand before or after its name. */
  const add = (
    usage: string,
    description: string,
    run: (words: string[], options: SharedOptions) => Promise<number>,
    parent = program,
  ): Command => {
    const command = parent.command(usage).description(description).helpOption('-h, --help', 'print this help')
    const name = parent === program ? command.name() : `${parent.name()} ${command.name()}`
    command
      .addOption(configOption())
      .allowExcessArguments(false)
      .showHelpAfterError(`see: lanward ${name} --help`)
      .addHelpText('after', () => exampleText(name))
    if (name !== 'up') command.addOption(jsonOption())
    return command.action(async () => finish(await run(command.args, shared(command))))
  }

  add('up', 'run the supervisor in the foreground until SIGTERM or SIGINT; SIGHUP reloads', async (_, options) => {
    const { runUp } = await import('./up.ts')
    return runUp(options, terminal)
  }).addOption(new Option('--rehearse', 'asked by a running supervisor before it becomes this program').hideHelp())
  add('check', 'tell every mistake in the configuration with its line', async (_, options) => {
    const { runCheck } = await import('./check.ts')
    return runCheck(options, terminal)
  })
  const section = add('section <daemon>', 'print the checked settings of a daemon', async ([name = '']) => {
    const { runSection } = await import('./section.ts')
    return runSection(name, { ...program.opts(), ...section.opts() }, terminal)
  })
  section.option('--output <file>', 'replace this file with them instead of printing')
  add('status [service]', 'tell the health of all services, or all about one', async ([service], options) => {
    const { runStatus } = await import('./status.ts')
    return runStatus(service, options, terminal)
  })
  add('why <service>', 'tell its last exits, and what happens next', async ([service = ''], options) => {
    const { runWhy } = await import('./why.ts')
    return runWhy(service, options, terminal)
  })
  for (const method of ['start', 'stop', 'restart'] as const)
    add(`${method} <service>`, `${method} a service and wait until it is done`, async ([service = ''], options) => {
      const { runReach } = await import('./reach.ts')
      return runReach(method, service, options, terminal)
    })
  add('reload', 'read the configuration again; tell what changed', async (_, options) => {
    const { runReload } = await import('./reload.ts')
    return runReload(options, terminal)
  })
  add('reexec', 'have the supervisor become the program on disk; services and sockets stay', async (_, options) => {
    const { runReexec } = await import('./reexec.ts')
    return runReexec(options, terminal)
  })
  addLogs(program, terminal, finish)
  const senders = add(
    'senders',
    'tell who sends logs, how, and whose clock or silence is remarkable',
    async (_, options) => {
      const { runSenders } = await import('./senders.ts')
      return runSenders({ ...senders.opts(), ...options }, terminal)
    },
  )
  senders.option('--toml', 'print what was learned as sections for the configuration')
  addLeaseCommands(add, terminal)
  addTimeCommands(add, terminal)
  add('doctor', 'tell what of this machine stands in the way, and the command that mends it', async (_, options) => {
    const { runDoctor } = await import('./doctor.ts')
    return runDoctor(options, terminal)
  }).option('-v, --verbose', 'tell why each check matters')
  add(
    'drill [drill...]',
    'disturb the running services on purpose; tell which promises are kept',
    async (drills, options) => {
      const { runDrill } = await import('./drill.ts')
      return runDrill(drills, options, terminal)
    },
  )
    .option('--service <name>', 'only this one (may be repeated); else all', collect)
    .option('-y, --yes', 'do not ask first')
  return program
}

/** An option that may be given again and again. */
function collect(word: string, before: readonly string[] = []): readonly string[] {
  return [...before, word]
}

/** `logs` has its own options, known to the log store alone: all words are passed on untouched, `--help` too. */
function addLogs(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  const command = program
    .command('logs [options...]')
    .description('print collected messages; see `lanward logs --help`')
  command
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async () => {
      const { runLogs } = await import('./logs.ts')
      finish(await runLogs(command.args, program.opts(), terminal))
    })
}

function configOption(): Option {
  return new Option('--config <file>', 'configuration (else $LANWARD_CONFIG, /etc/lanward/lanward.toml, the demo)')
}

function jsonOption(): Option {
  return new Option('--json', 'print JSON instead of text')
}

/** One way of writing an argument, as in the usage. */
function argumentTerm(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`
  return argument.required ? `<${name}>` : `[${name}]`
}

/** Where nobody says how wide the reader is. */
const HELP_COLUMNS = 80

const EXIT_TEXT =
  'Exit codes: 0 done; 1 the answer is no; 64 usage; 69 no supervisor; 70 a bug; 75 temporary; 77 permission; 78 configuration.'
