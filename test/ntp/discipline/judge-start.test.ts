import { describe, expect, test } from 'vitest'
import { LOOP_CONSTANT, PLAIN_TICK } from '../../../daemons/linux/steered-clock.ts'
import { judgeStart, type StartFacts } from '../../../daemons/ntp/discipline/judge-start.ts'

const BOOT = '17062992-6087-4159-b408-efed3de25a6a'
const UNKEPT = {
  ...{ synchronised: false, frequency: 0, rest: 0, constant: 2 },
  ...{ hasLoop: false, holdsFrequency: false, tick: PLAIN_TICK },
}
/** As an earlier life of ours left it that was killed. */
const OURS = {
  ...UNKEPT,
  synchronised: true,
  frequency: -1_310_720,
  constant: LOOP_CONSTANT,
  hasLoop: true,
  holdsFrequency: true,
}
const MARK = { bootId: BOOT, frequencies: [-1_300_000, -1_310_720] }
const FREE: StartFacts = { state: UNKEPT, bootId: BOOT, mark: null, keepers: [], rights: 'granted' }
const CHRONYD = { name: 'chronyd', pid: 812 }

const ALLOWED: readonly (readonly [string, Partial<StartFacts>])[] = [
  ['nobody keeps', {}],
  [
    'nobody keeps, and a program that ended left a frequency',
    { state: { ...UNKEPT, frequency: 655_360, hasLoop: true } },
  ],
  ['an earlier life kept that was killed', { state: OURS, mark: MARK }],
  [
    'an earlier life kept that was killed before the kernel heard its last word',
    { state: { ...OURS, frequency: -1_300_000 }, mark: MARK },
  ],
  ['an earlier life kept, told a little coarser', { state: { ...OURS, frequency: -1_310_719 }, mark: MARK }],
  ['an earlier life left in order', { state: { ...OURS, synchronised: false }, mark: MARK }],
]

const REFUSED: readonly (readonly [string, Partial<StartFacts>, string])[] = [
  [
    'another keeps',
    { state: { ...UNKEPT, synchronised: true } },
    'another program keeps the clock of this machine, as the kernel says',
  ],
  [
    'chronyd keeps',
    { state: { ...OURS, holdsFrequency: false }, keepers: [CHRONYD] },
    'keeps the clock of this machine: chronyd (pid 812)',
  ],
  ['chronyd is about to keep', { keepers: [CHRONYD] }, 'chronyd (pid 812) runs and has the right to set the clock'],
  ['another Lanward keeps', { state: OURS }, 'another program keeps'],
  ['another Lanward keeps in our way', { state: OURS, mark: { ...MARK, frequencies: [1] } }, 'another program keeps'],
  [
    'we kept before the machine was started anew',
    { state: OURS, mark: { ...MARK, bootId: 'other' } },
    'another program keeps',
  ],
  [
    'somebody keeps on a machine that does not tell its starts apart',
    { state: OURS, bootId: '', mark: { ...MARK, bootId: '' } },
    'another program keeps',
  ],
  ['another took over from us', { state: { ...OURS, holdsFrequency: false }, mark: MARK }, 'another program keeps'],
  ['a sandbox hides', { state: { refusal: 'EPERM' } }, 'does not let us see its clock (EPERM)'],
  ['we may not set', { rights: 'absent' }, 'CAP_SYS_TIME'],
  ['a container has', { rights: 'in a user namespace' }, 'user namespace'],
]

describe('a clock that', () => {
  test.each(ALLOWED)('%s may be steered', (_title, change) => {
    expect(judgeStart({ ...FREE, ...change })).toBeNull()
  })

  test.each(REFUSED)('%s is left alone', (_title, change, words) => {
    expect(judgeStart({ ...FREE, ...change })).toContain(words)
  })
})
