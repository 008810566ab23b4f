import { renameSync, writeFileSync } from 'node:fs'
import { loadConfig } from '../../config/load-config.ts'
import { sectionOf } from '../spec/spec-of.ts'
import { printProblems } from './check.ts'
import { configPath } from './config-path.ts'
import { CommandFailure, EXIT } from './exit-code.ts'
import type { SharedOptions } from './request.ts'
import { printJson, type Terminal } from './terminal.ts'

/** Options of `lanward section`. */
export interface SectionOptions extends SharedOptions {
  /** Write there instead of printing. */
  readonly output?: string
}

/**
 * `lanward section NAME`: the checked settings of one of our daemons, in the form in which LANWARD_SECTION names them, so
 * that systemd can run the daemon by itself. 78 when the configuration is wrong or has no such section.
 *
 * A file is replaced whole or not at all: a mistake leaves the settings that a running daemon goes by.
 */
export function runSection(name: string, options: SectionOptions, terminal: Terminal): number {
  const path = configPath(options.config, terminal.env)
  const loaded = loadConfig(path)
  if (loaded.kind === 'wrong') {
    printProblems(loaded.problems, [], terminal)
    return EXIT.config
  }
  printProblems([], loaded.warnings, terminal)
  const daemon = loaded.config.daemons.find((one) => one.name === name)
  if (daemon === undefined) {
    const names = loaded.config.daemons.map((one) => one.name).join(', ')
    throw new CommandFailure(EXIT.config, `${path} has no section [${name}] of ours; it has: ${names || 'none'}`)
  }
  const section = sectionOf(daemon, loaded.config)
  if (options.output === undefined) printJson(terminal, section)
  else replaceFile(options.output, JSON.stringify(section))
  return EXIT.ok
}

function replaceFile(path: string, text: string): void {
  const fresh = `${path}.new`
  try {
    writeFileSync(fresh, text, { mode: 0o600 })
    renameSync(fresh, path)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandFailure(EXIT.temporary, `cannot write ${path}: ${reason}`)
  }
}
