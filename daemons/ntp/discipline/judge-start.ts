import { LOOP_CONSTANT, type SteeringState } from '../../linux/steered-clock.ts'
import { isSameFrequency } from './find-stranger.ts'

/** What an earlier life wrote down before it told the kernel. */
export interface Mark {
  /** The kernel forgets all at a start of the machine; '' = unknown, and then the mark is nobody's. */
  readonly bootId: string
  /** The frequencies that the kernel may have of it: the last, and the one that was about to follow. @unit 2^-16 ppm */
  readonly frequencies: readonly number[]
}

/** What is seen at the start. */
export interface StartFacts {
  /** What the kernel says of its clock; the reason when it says nothing. */
  readonly state: SteeringState | { readonly refusal: string }
  readonly bootId: string
  readonly mark: Mark | null
  /** Programs that run, keep clocks, and have the right to. */
  readonly keepers: readonly { readonly name: string; readonly pid: number }[]
  /** Whether we have CAP_SYS_TIME, and are on the machine itself, whose kernel heeds it. */
  readonly rights: 'granted' | 'absent' | 'in a user namespace'
}

/**
 * Decides whether we may steer the clock of this machine. The kernel's own word comes first: somebody vouches for the clock, and
 * that is not an earlier life of ours that was killed. A program that has not got so far yet is known by its name.
 *
 * @returns why not, in words; null when we may
 */
export function judgeStart({ state, bootId, mark, keepers, rights }: StartFacts): string | null {
  if ('refusal' in state)
    return `the kernel does not let us see its clock (${state.refusal}): a sandbox forbids adjtimex`
  const named = keepers.map(({ name, pid }) => `${name} (pid ${pid})`).join(', ')
  if (state.synchronised && !isOurs(state, bootId, mark))
    return `another program keeps the clock of this machine${named === '' ? ', as the kernel says' : `: ${named}`}`
  if (named !== '') return `${named} runs and has the right to set the clock of this machine`
  switch (rights) {
    case 'granted':
      return null
    case 'absent':
      return 'the right to set the clock is missing (CAP_SYS_TIME)'
    case 'in a user namespace':
      return 'we run in a user namespace, whose CAP_SYS_TIME the kernel does not heed'
  }
}

function isOurs(state: SteeringState, bootId: string, mark: Mark | null): boolean {
  if (mark === null || bootId === '' || mark.bootId !== bootId) return false
  const inOurWay = state.hasLoop && state.holdsFrequency && state.constant === LOOP_CONSTANT
  return inOurWay && mark.frequencies.some((one) => isSameFrequency(one, state.frequency))
}
