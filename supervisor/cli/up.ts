import { writeFileSync } from 'node:fs'
import { loadConfig } from '../../config/load-config.ts'
import { printProblems } from './check.ts'
import { configPath } from './config-path.ts'
import { EXIT } from './exit-code.ts'
import { packageVersion } from './package-root.ts'
import type { SharedOptions } from './request.ts'
import type { Terminal } from './terminal.ts'

/** `lanward up`: runs the supervisor until it is told to stop; 78 when the configuration is wrong. */
export async function runUp(
  options: SharedOptions & { readonly rehearse?: boolean },
  terminal: Terminal,
): Promise<number> {
  if (options.rehearse === true) {
    const { runRehearsal } = await import('./rehearse.ts')
    return runRehearsal(options, terminal)
  }
  const path = configPath(options.config, terminal.env)
  const loaded = loadConfig(path)
  if (loaded.kind === 'wrong') {
    printProblems(loaded.problems, [], terminal)
    return EXIT.config
  }
  printProblems([], loaded.warnings, terminal)
  nameProcess()
  const { runSupervisor } = await import('../run-supervisor.ts')
  return runSupervisor({ config: loaded.config, reloadConfig: () => loadConfig(path), version: packageVersion() })
}

/** So that `top`, `pgrep` and `killall` know us; the arguments stay what they are. */
function nameProcess(): void {
  try {
    writeFileSync('/proc/self/comm', 'lanward')
  } catch {
    // Without /proc nobody could read it either.
  }
}
