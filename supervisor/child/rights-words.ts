import type { ServiceUser } from '../user/service-user.ts'
import type { LaunchTools } from './launch-tools.ts'

/**
 * The words before a program that take rights from it: it gains nothing by set-id programs, and as another user it has
 * that user's groups or none, and no capability, not even in its bounding set.
 *
 * @param dieWithUs whether the kernel ends it with us; our own daemons see to that themselves, and end in order
 * @returns none where setpriv is missing
 */
export function rightsWords(
  user: ServiceUser | null,
  { setpriv, dropsBounds }: Pick<LaunchTools, 'setpriv' | 'dropsBounds'>,
  { dieWithUs, groups }: { readonly dieWithUs: boolean; readonly groups: 'init' | 'clear' },
): readonly string[] {
  if (setpriv === null) return []
  const become =
    user === null
      ? []
      : [
          `--reuid=${user.uid}`,
          `--regid=${user.gid}`,
          `--${groups}-groups`,
          '--inh-caps=-all',
          '--ambient-caps=-all',
          ...(dropsBounds ? ['--bounding-set=-all'] : []),
        ]
  return [setpriv, ...(dieWithUs ? ['--pdeathsig', 'KILL'] : []), '--no-new-privs', ...become, '--']
}

/**
 * How one of our own daemons is started. It takes most rights from itself; its bounding set only root can empty, before.
 *
 * @returns its words, and whom the process must become before the first of them is run
 */
export function ownWords(
  command: readonly string[],
  user: ServiceUser | null,
  tools: Pick<LaunchTools, 'setpriv' | 'dropsBounds'>,
): { readonly words: readonly string[]; readonly user: ServiceUser | null } {
  if (user === null || tools.setpriv === null || !tools.dropsBounds) return { words: command, user }
  return { words: [...rightsWords(user, tools, { dieWithUs: false, groups: 'clear' }), ...command], user: null }
}
