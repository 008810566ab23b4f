import { formatProblem } from '../../config/config-problem.ts'
import { type Folders, readFolders } from '../../config/read-folders.ts'
import { askSupervisor, ControlFailure } from '../control/control-client.ts'
import type { ControlMethod, ControlRequest } from '../control/control-protocol.ts'
import { configPath } from './config-path.ts'
import { CommandFailure, EXIT } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

/** Options that every command has. */
export interface SharedOptions {
  readonly config?: string
  readonly json?: boolean
}

/** How long a question may take that the supervisor answers from what it knows. */
const ANSWER_MS = 10_000

/** The folders of the configuration in use; faults elsewhere in the file do not matter here. */
export function foldersOf(options: SharedOptions, terminal: Terminal): Folders {
  const read = readFolders(configPath(options.config, terminal.env))
  if (read.kind === 'ok') return read.folders
  throw new CommandFailure(EXIT.config, `${formatProblem(read.problem)}${read.isAbsent ? GONE : ''}`)
}

/** Only the file says where the supervisor answers. */
const GONE = '; if it is gone while lanward runs, one with the same run_dir and state_dir reaches it'

/** Asks the running supervisor; what changes something takes as long as it takes. */
export function request(
  options: SharedOptions,
  terminal: Terminal,
  method: ControlMethod,
  params: ControlRequest['params'],
): Promise<unknown> {
  const patient = method !== 'status' && method !== 'why' && method !== 'query'
  const { runDir } = foldersOf(options, terminal)
  const asking = askSupervisor(`${runDir}/control.sock`, method, params, patient ? null : ANSWER_MS)
  return asking.catch((error: unknown) => {
    throw withConfig(error, options.config)
  })
}

/** The command that would start this very supervisor. */
function withConfig(error: unknown, config: string | undefined): unknown {
  const startable = error instanceof ControlFailure && error.kind === 'unreachable' && config !== undefined
  return startable ? new ControlFailure(error.kind, error.exitCode, `${error.message} --config ${config}`) : error
}
