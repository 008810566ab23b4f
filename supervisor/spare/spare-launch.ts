import { commonEnvironment, type Launch, OWN_RUNTIME } from '../child/launch.ts'
import type { LaunchTools } from '../child/launch-tools.ts'
import { ownWords } from '../child/rights-words.ts'
import { compileCacheOf, markOf } from '../service/service-process.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import type { ServiceUser } from '../user/service-user.ts'

/** What a spare is made of; another one is made when it changes. */
export interface SpareRecipe {
  /** The command that runs a spare; the programs it loads follow. */
  readonly command: readonly string[]
  /** Files of the programs that it can become. */
  readonly programs: readonly string[]
  /** The user of all our daemons, as their specs name it. */
  readonly user: string | null
}

/** Room for the longest mark of a life: the environment of a process is only as long as it was at its start. */
const MARK_ROOM = 96

/**
 * Works out what the spare must be for these services.
 *
 * @returns null when there is none of our own daemons among them
 */
export function spareRecipeOf(specs: readonly ServiceSpec[], command: readonly string[]): SpareRecipe | null {
  const own = specs.filter((spec) => spec.own)
  const [first] = own
  if (first === undefined) return null
  return { command, programs: own.map(programFileOf), user: first.user }
}

/** Whether a spare of this recipe can become the daemon of that spec: it has no rights, and gains none. */
export function canBecome({ programs, user }: SpareRecipe, spec: ServiceSpec): boolean {
  return spec.own && spec.user === user && (spec.keeps ?? []).length === 0 && programs.includes(programFileOf(spec))
}

/**
 * Works out how a spare is started.
 *
 * @param count which one it is since we began: its mark tells it from the others
 */
export function spareLaunchOf(
  { command, programs }: SpareRecipe,
  count: number,
  options: {
    readonly user: ServiceUser | null
    readonly outer: Readonly<Record<string, string | undefined>>
    readonly stateDir: string
    readonly tools: LaunchTools
  },
): Launch {
  const { words, user } = ownWords([...command, ...programs], options.user, options.tools)
  const [file = '', ...args] = words
  const environment = commonEnvironment({ ...options, mark: spareMarkOf(count) })
  environment['NODE_COMPILE_CACHE'] = compileCacheOf(options.stateDir)
  Object.assign(environment, OWN_RUNTIME)
  return { file, args, environment, cwd: options.stateDir, user }
}

/** The mark of a spare's processes. */
export function spareMarkOf(count: number): string {
  return markOf('.spare', count).padEnd(MARK_ROOM)
}

/** The last word of the command of one of our daemons. */
function programFileOf({ command }: ServiceSpec): string {
  return command.at(-1) ?? ''
}
