import { expect, test } from 'vitest'
import { keptClockLine } from '../../supervisor/cli/kept-clock-line.ts'

const STEADY = { state: 'steady', rest_s: -0.0000034, frequency_ppm: -12.34567, steps: 0, stepped_s: 0, fault: null }

test.each<[string, unknown, string]>([
  [
    'nobody',
    { kept_by: 'nobody', discipline: null },
    'kept by nobody: only the time that is served is right (discipline =',
  ],
  ['another', { kept_by: 'another program', discipline: null }, "machine's clock: kept by another program"],
  [
    'us',
    { kept_by: 'lanward', discipline: STEADY },
    "machine's clock: kept by Lanward, steady, 3 µs ahead, frequency -12.346 ppm",
  ],
  [
    'us, on its way',
    { kept_by: 'lanward', discipline: { ...STEADY, state: 'slewing', rest_s: 0.84, steps: 1, stepped_s: -3601.5 } },
    'slewing, 0.84 s behind, frequency -12.346 ppm, set once by -3601.5 s',
  ],
  [
    'nobody yet',
    { kept_by: 'nobody', discipline: { ...STEADY, state: 'waiting', rest_s: null } },
    'kept by nobody, the sources are awaited',
  ],
  [
    'an earlier life of ours',
    { kept_by: 'lanward', discipline: { ...STEADY, state: 'waiting', rest_s: null } },
    'kept by Lanward, as an earlier run left it, the sources are awaited',
  ],
  [
    'us no more',
    { kept_by: 'another program', discipline: { ...STEADY, state: 'stopped', fault: 'another program steers it too' } },
    'not kept any more: another program steers it too',
  ],
])("a machine's clock that is kept by %s", (_title, clock, words) => {
  expect(keptClockLine(clock)).toEqual([expect.stringContaining(words)])
})

test('of which nobody tells has no line', () => {
  expect(keptClockLine({ kept_by: null, discipline: null })).toEqual([])
  expect(keptClockLine(null)).toEqual([])
})
