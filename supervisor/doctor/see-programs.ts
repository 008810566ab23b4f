import { findProgram } from '../child/find-program.ts'
import { errorWords } from '../error-words.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import type { ProgramFact } from './facts.ts'
import { findObstacleTo, type ProgramUser } from './see-users.ts'

/**
 * Looks for the programs of `[[service]]`.
 *
 * @param path folders that a program without a slash is looked for in
 * @param findUser whom a program becomes by a name; null = nobody else, or there is no such user
 */
export function seePrograms(
  specs: readonly ServiceSpec[],
  path: string,
  findUser: (name: string) => ProgramUser | null,
): readonly ProgramFact[] {
  return specs
    .filter(({ own }) => !own)
    .map(({ name: service, command, setup, user: name }) => {
      try {
        const program = findProgram(command[0] ?? '', path, setup.workingDirectory ?? '/')
        const user = name === null ? null : findUser(name)
        return { service, error: user === null ? null : obstacleText(program, user) }
      } catch (error) {
        return { service, error: errorWords(error) }
      }
    })
}

function obstacleText(program: string, user: ProgramUser): string | null {
  const closed = findObstacleTo(program, user, 'run')
  if (closed === null) return null
  return `the user ${user.name} cannot run ${program}${closed === program ? '' : `: ${closed} is closed to it`}`
}
