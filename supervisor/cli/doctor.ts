import { loadConfig } from '../../config/load-config.ts'
import { readFolders } from '../../config/read-folders.ts'
import { examine, unseen } from '../doctor/examine.ts'
import { type Finding, type Verdict, worstVerdict } from '../doctor/finding.ts'
import { gatherFacts } from '../doctor/gather-facts.ts'
import { configPath } from './config-path.ts'
import { EXIT } from './exit-code.ts'
import { packageVersion } from './package-root.ts'
import { paintFor } from './paint.ts'
import { printable } from './printable.ts'
import type { SharedOptions } from './request.ts'
import { printJson, printLine, type Terminal } from './terminal.ts'
import { wrapText } from './wrap-text.ts'

export interface DoctorOptions extends SharedOptions {
  /** Why each check matters, also where all is well. */
  readonly verbose?: boolean
}

/** `lanward doctor`: what of this machine stands in the way; 1 if anything fails. */
export async function runDoctor(options: DoctorOptions, terminal: Terminal): Promise<number> {
  const file = configPath(options.config, terminal.env)
  const folders = readFolders(file)
  const facts = await gatherFacts({
    file,
    loaded: loadConfig(file),
    runDir: folders.kind === 'ok' ? folders.folders.runDir : null,
    installed: packageVersion(),
    nowMs: terminal.now().getTime(),
    searchPath: terminal.env['PATH'] ?? '',
  })
  const checks = examine(facts)
  const verdict = worstVerdict(checks)
  const gaps = unseen(facts)
  if (options.json === true)
    printJson(terminal, { config: file, user: facts.rights.name, verdict, checks, unseen: gaps })
  else for (const line of doctorLines(checks, gaps, terminal, options.verbose === true)) printLine(terminal, line)
  return verdict === 'fail' ? EXIT.no : EXIT.ok
}

/**
 * The findings as lines of text, what is not well with its reason and its mend. Commands are not broken, to be copied.
 */
export function doctorLines(
  checks: readonly Finding[],
  gaps: readonly string[],
  { colour, columns }: Pick<Terminal, 'colour' | 'columns'>,
  verbose: boolean,
): string[] {
  const paint = paintFor(colour)
  const width = Math.max(...checks.map(({ check }) => check.length))
  const lines = checks.flatMap(({ check, verdict, found, why, mend }) => {
    const text = `${verdict.padEnd(4)}  ${check.padEnd(width)}  ${printable(found)}`
    const [first = '', ...more] = wrapText(text, columns, '      ')
    const reason = verbose || verdict !== 'ok' ? wrapText(`      why:  ${printable(why)}`, columns, '            ') : []
    return [
      `${paint(TONES[verdict], verdict)}${first.slice(verdict.length)}`,
      ...more,
      ...reason.map((line) => paint('faint', line)),
      ...(mend === null ? [] : [`      mend: ${printable(mend)}`]),
    ]
  })
  const unseenText = gaps.length === 0 ? [] : wrapText(`Not seen: ${gaps.map(printable).join('; ')}.`, columns)
  return [...lines, '', summary(checks), ...unseenText]
}

const TONES = { ok: 'good', warn: 'warn', fail: 'bad' } as const

function summary(checks: readonly Finding[]): string {
  const count = (wanted: Verdict): number => checks.filter(({ verdict }) => verdict === wanted).length
  const [fails, warns] = [count('fail'), count('warn')]
  if (fails + warns === 0) return `All ${checks.length} checks are ok.`
  return `${count('ok')} ok, ${warns} to look at, ${fails} failed.`
}
