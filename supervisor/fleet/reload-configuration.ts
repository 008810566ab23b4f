import type { Logger } from 'pino'
import type { LanwardConfig } from '../../config/config.ts'
import { formatProblem } from '../../config/config-problem.ts'
import type { LoadedConfig } from '../../config/load-config.ts'
import type { ProgramOf } from '../child/program-of.ts'
import { ControlError } from '../control/control-error.ts'
import type { ReloadReport } from '../control/control-protocol.ts'
import { errorWords } from '../error-words.ts'
import { currentSpecs } from '../spec/current-specs.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import { chooseUsersOf } from '../user/users-of-config.ts'
import type { Fleet } from './fleet.ts'

/** What a reload goes by. */
export interface ReloadOptions {
  readonly config: LanwardConfig
  readonly reloadConfig: () => LoadedConfig
  readonly programOf: ProgramOf
}

/** What a reload came to. */
export interface Reloaded {
  readonly report: ReloadReport
  readonly config: LanwardConfig
  readonly specs: readonly ServiceSpec[]
}

/**
 * Reads the configuration again and makes the fleet what it says, all or nothing.
 *
 * @returns what changed, and what is in force now
 * @throws ControlError in words: 78 when it is wrong, 75 when it cannot be had now
 */
export async function reloadConfiguration(
  { config: present, reloadConfig, programOf }: ReloadOptions,
  fleet: Fleet,
  log: Logger,
): Promise<Reloaded> {
  const loaded = reloadConfig()
  if (loaded.kind === 'wrong') throw new ControlError(78, loaded.problems.map(formatProblem).join('\n'))
  const { config } = loaded
  refuseMove(present, config)
  const specs = currentSpecs(config, programOf)
  chooseUsersOf(config, specs)
  try {
    const report = await fleet.reload(specs)
    log.level = config.logLevel
    log.info({ changes: report.changes.filter(({ change }) => change !== 'unchanged') }, 'reloaded')
    return { report, config, specs }
  } catch (error) {
    throw new ControlError(75, `nothing was changed: ${errorWords(error)}`)
  }
}

/** What a running supervisor holds stays where it is. Throws ControlError 78 when a folder moved. */
export function refuseMove(
  present: Pick<LanwardConfig, 'stateDir' | 'runDir'>,
  wanted: Pick<LanwardConfig, 'stateDir' | 'runDir'>,
): void {
  const moved = (['stateDir', 'runDir'] as const).find((key) => wanted[key] !== present[key])
  if (moved === undefined) return
  const key = moved === 'stateDir' ? 'state_dir' : 'run_dir'
  throw new ControlError(78, `${key} cannot change while lanward runs`)
}
