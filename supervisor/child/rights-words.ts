import type { KeptCapability } from '../spec/spec.ts'
import type { ServiceUser } from '../user/service-user.ts'
import type { LaunchTools } from './launch-tools.ts'

/**
 * The words before a program that take rights from it: it gains nothing by set-id programs, and as another user it has
 * that user's groups or none, and no capability, not even in its bounding set, but for those that it keeps.
 *
 * @param dieWithUs whether the kernel ends it with us; our own daemons see to that themselves, and end in order
 * @returns none where setpriv is missing
 */
export function rightsWords(
  user: ServiceUser | null,
  { setpriv, dropsBounds }: Pick<LaunchTools, 'setpriv' | 'dropsBounds'>,
  {
    dieWithUs,
    groups,
    keeps = [],
  }: {
    readonly dieWithUs: boolean
    readonly groups: 'init' | 'clear'
    readonly keeps?: readonly KeptCapability[]
  },
): readonly string[] {
  if (setpriv === null) return []
  const kept = ['-all', ...keeps.map((name) => `+${name}`)].join(',')
  const become =
    user === null
      ? []
      : [
          `--reuid=${user.uid}`,
          `--regid=${user.gid}`,
          `--${groups}-groups`,
          `--inh-caps=${kept}`,
          `--ambient-caps=${kept}`,
          ...(dropsBounds ? [`--bounding-set=${kept}`] : []),
        ]
  return [setpriv, ...(dieWithUs ? ['--pdeathsig', 'KILL'] : []), '--no-new-privs', ...become, '--']
}

/**
 * How one of our own daemons is started. It takes most rights from itself; its bounding set only root can empty, before, and what it
 * keeps as another user must be given to it on the way there.
 *
 * @returns its words, and whom the process must become before the first of them is run
 */
export function ownWords(
  command: readonly string[],
  user: ServiceUser | null,
  tools: Pick<LaunchTools, 'setpriv' | 'dropsBounds'>,
  keeps: readonly KeptCapability[] = [],
): { readonly words: readonly string[]; readonly user: ServiceUser | null } {
  if (user === null || tools.setpriv === null || (!tools.dropsBounds && keeps.length === 0))
    return { words: command, user }
  return { words: [...rightsWords(user, tools, { dieWithUs: false, groups: 'clear', keeps }), ...command], user: null }
}
