import { findProgram } from '../child/find-program.ts'
import { errorWords } from '../error-words.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import type { ProgramFact } from './facts.ts'

/**
 * Looks for the programs of `[[service]]`.
 *
 * @param path folders that a program without a slash is looked for in
 */
export function seePrograms(specs: readonly ServiceSpec[], path: string): readonly ProgramFact[] {
  return specs
    .filter(({ own }) => !own)
    .map(({ name: service, command, setup }) => {
      try {
        findProgram(command[0] ?? '', path, setup.workingDirectory ?? '/')
        return { service, error: null }
      } catch (error) {
        return { service, error: errorWords(error) }
      }
    })
}
