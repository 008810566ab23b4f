import { readFileSync } from 'node:fs'
import { loadConfig } from '../../config/load-config.ts'
import { ControlError } from '../control/control-error.ts'
import { printProblems } from './check.ts'
import { configPath } from './config-path.ts'
import { CommandFailure, EXIT } from './exit-code.ts'
import { packageVersion } from './package-root.ts'
import type { SharedOptions } from './request.ts'
import { printJson, type Terminal } from './terminal.ts'

/**
 * `lanward up --rehearse`: asked by a running supervisor of the program that it is to become. Reads on stdin what would
 * be left to it, goes as far as a supervisor can without touching anything, and prints its version.
 */
export async function runRehearsal(options: SharedOptions, terminal: Terminal): Promise<number> {
  const loaded = loadConfig(configPath(options.config, terminal.env))
  if (loaded.kind === 'wrong') {
    printProblems(loaded.problems, [], terminal)
    return EXIT.config
  }
  const { rehearseTakeover } = await import('../run-supervisor.ts')
  try {
    rehearseTakeover(loaded.config, readFileSync(0, 'utf8'))
  } catch (error) {
    if (error instanceof ControlError) throw new CommandFailure(error.exitCode, error.message)
    throw error
  }
  printJson(terminal, { version: packageVersion() })
  return EXIT.ok
}
