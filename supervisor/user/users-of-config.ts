import { userInfo } from 'node:os'
import type { LanwardConfig } from '../../config/config.ts'
import { ControlError } from '../control/control-error.ts'
import { errorWords } from '../error-words.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import { chooseUsers, type UserChoice } from './user-choice.ts'

/**
 * Chooses for every service that will run whom it becomes.
 *
 * @throws ControlError 78 when one names a user that does not exist
 */
export function chooseUsersOf(config: LanwardConfig, specs: readonly ServiceSpec[]): UserChoice {
  const foreign = config.foreign.filter(({ enabled }) => enabled).map(({ user }) => user)
  const wanted = [config.supervisor.user, ...foreign].filter((name): name is string => name !== null && name !== 'self')
  const choice = chooseUsers(process.getuid?.() ?? 0, userInfo().username, wanted)
  try {
    for (const { user } of specs) choice.userOf(user)
  } catch (error) {
    throw new ControlError(78, errorWords(error))
  }
  return choice
}
