import { type ConfigProblem, formatProblem } from '../../config/config-problem.ts'
import { loadConfig } from '../../config/load-config.ts'
import { configPath } from './config-path.ts'
import { EXIT } from './exit-code.ts'
import type { SharedOptions } from './request.ts'
import { printJson, printLine, printNote, type Terminal } from './terminal.ts'

/** `lanward check`: every problem of the configuration with its line; 78 when there is one. */
export function runCheck(options: SharedOptions, terminal: Terminal): number {
  const path = configPath(options.config, terminal.env)
  const loaded = loadConfig(path)
  const problems = loaded.kind === 'wrong' ? loaded.problems : []
  const warnings = loaded.kind === 'ok' ? loaded.warnings : []
  if (options.json === true) printJson(terminal, { file: path, ok: loaded.kind === 'ok', problems, warnings })
  else {
    printProblems(problems, warnings, terminal)
    if (loaded.kind === 'ok') printLine(terminal, `${path}: ok, ${countServices(loaded.config)}`)
  }
  return loaded.kind === 'ok' ? EXIT.ok : EXIT.config
}

/** Tells problems and warnings to people, a line each. */
export function printProblems(
  problems: readonly ConfigProblem[],
  warnings: readonly ConfigProblem[],
  terminal: Terminal,
): void {
  for (const problem of problems) printNote(terminal, formatProblem(problem))
  for (const { message, ...place } of warnings)
    printNote(terminal, formatProblem({ ...place, message: `warning: ${message}` }))
}

function countServices(config: {
  readonly daemons: readonly { readonly name: string; readonly enabled: boolean }[]
  readonly foreign: readonly { readonly name: string; readonly enabled: boolean }[]
}): string {
  const enabled = [...config.daemons, ...config.foreign].filter((service) => service.enabled)
  if (enabled.length === 0) return 'nothing is enabled'
  return `${enabled.length === 1 ? '1 service' : `${enabled.length} services`}: ${enabled.map(({ name }) => name).join(', ')}`
}
