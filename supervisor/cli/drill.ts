import { join } from 'node:path'
import { Writable } from 'node:stream'
import { formatProblem } from '../../config/config-problem.ts'
import { loadConfig } from '../../config/load-config.ts'
import { suggestWord } from '../../config/suggest-word.ts'
import { openGround } from '../drill/ground.ts'
import { DRILL_APP } from '../drill/log-client.ts'
import { DRILLS, type DrillName, type DrillReport } from '../drill/promise.ts'
import { type DrillPlan, runDrills } from '../drill/run-drills.ts'
import { FLOOD } from '../drill/run-flood.ts'
import { configPath } from './config-path.ts'
import { CommandFailure, EXIT } from './exit-code.ts'
import { loadLogsMain } from './logs.ts'
import { paintFor } from './paint.ts'
import { printable } from './printable.ts'
import type { SharedOptions } from './request.ts'
import { printJson, printLine, printNote, type Terminal } from './terminal.ts'
import { wrapText } from './wrap-text.ts'

export interface DrillOptions extends SharedOptions {
  readonly service?: readonly string[]
  readonly yes?: boolean
}

/** `lanward drill [DRILL...]`: disturbs the running services on purpose; 1 when a promise was not kept. */
export async function runDrill(words: readonly string[], options: DrillOptions, terminal: Terminal): Promise<number> {
  const drills = readDrills(words)
  const file = configPath(options.config, terminal.env)
  const loaded = loadConfig(file)
  if (loaded.kind === 'wrong') throw new CommandFailure(EXIT.config, loaded.problems.map(formatProblem).join('\n'))
  const { config } = loaded
  const ground = openGround(config, terminal.stop, (series) =>
    readStored(join(config.stateDir, 'syslog'), series, terminal),
  )
  const { services } = await ground.status()
  const plan = {
    drills,
    services: readServices(
      options.service,
      services.map(({ name }) => name),
    ),
  }
  if (options.yes !== true) await confirm(plan, file, terminal)
  const tell = options.json === true ? () => undefined : teller(terminal)
  let reports: readonly DrillReport[]
  try {
    reports = await runDrills(ground, plan, tell)
  } catch (error) {
    throw explain(error)
  }
  const done = reports.filter(({ skipped }) => skipped === null)
  const passed = done.length > 0 && done.every(({ promises }) => promises.every(({ kept }) => kept))
  if (options.json === true) printJson(terminal, { config: file, passed, drills: reports })
  else printLine(terminal, `\n${summary(reports)}`)
  return passed ? EXIT.ok : EXIT.no
}

function readDrills(words: readonly string[]): readonly DrillName[] {
  if (words.length === 0) return DRILLS
  const unknown = words.find((word) => !isDrill(word))
  if (unknown === undefined) return DRILLS.filter((name) => words.includes(name))
  const near = suggestWord(unknown, DRILLS)
  const hint = near === null ? `there are: ${DRILLS.join(', ')}` : `did you mean "${near}"?`
  throw new CommandFailure(EXIT.usage, `there is no drill "${unknown}"; ${hint}`)
}

function isDrill(word: string): word is DrillName {
  return (DRILLS as readonly string[]).includes(word)
}

function readServices(asked: readonly string[] | undefined, known: readonly string[]): readonly string[] {
  const unknown = asked?.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new CommandFailure(EXIT.usage, `there is no service "${unknown}"; there are: ${known.join(', ')}`)
  return asked ?? known
}

/** Says what will happen and asks; without a terminal there is nobody to ask. */
async function confirm({ drills, services }: DrillPlan, file: string, terminal: Terminal): Promise<void> {
  const effects = drills.map((drill) => EFFECTS[drill]).join('; ')
  printNote(terminal, `This disturbs ${services.join(', ')} of ${file}: ${effects}.`)
  const answer = await terminal.ask('Go on? [y/N] ')
  if (answer === null) throw new CommandFailure(EXIT.usage, 'there is no terminal to ask on; --yes goes on without')
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandFailure(EXIT.no, 'nothing was done')
}

const EFFECTS: Readonly<Record<DrillName, string>> = {
  kill: 'each is killed once',
  reload: 'the configuration is read again',
  flood: `those on UDP get ${FLOOD} datagrams at once, which leaves as many messages of ${DRILL_APP} in the log`,
  hang: 'each stands still until the supervisor finds out, many seconds',
}

function teller(terminal: Terminal): (report: DrillReport) => void {
  return (report) => {
    for (const line of drillLines(report, terminal)) printLine(terminal, line)
  }
}

/** A report as lines of text: the drill, then each promise. */
export function drillLines(
  { drill, service, promises, skipped }: DrillReport,
  { colour, columns }: Pick<Terminal, 'colour' | 'columns'>,
): string[] {
  const paint = paintFor(colour)
  const title = service === null ? drill : `${drill} ${printable(service)}`
  if (skipped !== null) return wrapText(`${title}: skipped, ${printable(skipped)}`, columns, '  ')
  const lines = promises.flatMap(({ promise, kept, found }) => {
    const [first = '', ...more] = wrapText(`  pass  ${printable(promise)}: ${printable(found)}`, columns, '        ')
    return [`  ${kept ? paint('good', 'pass') : paint('bad', 'fail')}${first.slice('  pass'.length)}`, ...more]
  })
  return [`${title}:`, ...lines]
}

function summary(reports: readonly DrillReport[]): string {
  const promises = reports.flatMap((report) => report.promises)
  const broken = promises.filter(({ kept }) => !kept).length
  const skipped = reports.filter((report) => report.skipped !== null).length
  const rest = skipped === 0 ? '' : `; ${skipped} drill${skipped === 1 ? '' : 's'} skipped`
  if (promises.length === 0) return `Nothing could be drilled${rest}.`
  return broken === 0
    ? `All ${promises.length} promises were kept${rest}.`
    : `${broken} of ${promises.length} promises were broken${rest}.`
}

/** What a person can do about it, where that is known. */
function explain(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (error.name === 'AbortError') return new CommandFailure(EXIT.temporary, 'ended early, as you wished')
  const denied = 'code' in error && error.code === 'EPERM'
  return denied ? new CommandFailure(EXIT.permission, 'no permission to signal the services; run this as root') : error
}

/** Asks the reader of the store, as `lanward logs` does. */
async function readStored(folder: string, series: number, terminal: Terminal): Promise<readonly string[]> {
  const main = await loadLogsMain()
  const text: string[] = []
  const stdout = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text.push(chunk.toString('utf8'))
      done()
    },
  })
  const words = ['--json', '--app', DRILL_APP, '--grep', `^${series} `, '--since', '15m']
  const { stderr, stop } = terminal
  await main(words, folder, { stdout, stderr, colour: false, host: '', services: [], now: terminal.now(), stop })
  return text
    .join('')
    .split('\n')
    .filter(Boolean)
    .map((line) => String(JSON.parse(line).msg))
}
