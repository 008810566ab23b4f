import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  NO_SPARE,
  type SpareAction,
  type SpareEvent,
  type SpareState,
  spareDeadlineMs,
  stepSpare,
} from '../../supervisor/spare/spare-state.ts'

/** Plays events one after another. */
function play(
  events: readonly SpareEvent[],
  from: SpareState = NO_SPARE,
): { state: SpareState; actions: SpareAction[] } {
  const actions: SpareAction[] = []
  let state = from
  for (const event of events) {
    const { next, action } = stepSpare(state, event)
    state = next
    if (action !== null) actions.push(action)
  }
  return { state, actions }
}

const CALM: readonly SpareEvent[] = [
  { kind: 'calm', calm: true, nowMs: 0 },
  { kind: 'want', nowMs: 0 },
]
const LOADING: readonly SpareEvent[] = [...CALM, { kind: 'time', nowMs: 1_000 }]
const READY: readonly SpareEvent[] = [...LOADING, { kind: 'loaded', nowMs: 1_150 }]

describe('the spare', () => {
  test('is made when nothing has started or stopped for a while, and not before', () => {
    const busy = play([
      { kind: 'want', nowMs: 0 },
      { kind: 'time', nowMs: 60_000 },
    ])
    expect(busy).toMatchObject({ state: { kind: 'waiting' }, actions: [] })
    expect(spareDeadlineMs(busy.state)).toBeNull()
    const calm = play(CALM)
    expect(spareDeadlineMs(calm.state)).toBe(1_000)
    expect(play([{ kind: 'time', nowMs: 999 }], calm.state).actions).toEqual([])
    expect(play([{ kind: 'time', nowMs: 1_000 }], calm.state)).toMatchObject({
      state: { kind: 'loading' },
      actions: ['start'],
    })
  })

  test('waits anew for calm when a service starts meanwhile', () => {
    const { state } = play([
      ...CALM,
      { kind: 'calm', calm: false, nowMs: 400 },
      { kind: 'time', nowMs: 1_000 },
      { kind: 'calm', calm: true, nowMs: 700 },
    ])
    expect(spareDeadlineMs(state)).toBe(1_700)
  })

  test('that was taken is followed by another, once calm lasts', () => {
    const taken = play([...READY, { kind: 'taken', nowMs: 9_000 }, { kind: 'calm', calm: false, nowMs: 9_000 }])
    expect(taken.state.kind).toBe('waiting')
    const again = play([{ kind: 'calm', calm: true, nowMs: 9_010 }], taken.state)
    expect(spareDeadlineMs(again.state)).toBe(10_010)
  })

  test('that fails is made again after 1, 2, 4 … s, at most 5 min, and says why', () => {
    let { state } = play(LOADING)
    const delays: number[] = []
    for (let count = 0; count < 12; count++) {
      state = play([{ kind: 'failed', why: 'exit code 1', nowMs: 0 }], state).state
      expect(state).toMatchObject({ kind: 'waiting', why: 'exit code 1' })
      delays.push(spareDeadlineMs(state) ?? 0)
      state = play([{ kind: 'time', nowMs: 300_000 }], state).state
    }
    expect(delays.map((ms) => ms / 1_000)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300])
  })

  test('that stood ready for a minute was a good one: the next failure is the first', () => {
    const bad = play([
      ...READY,
      { kind: 'failed', why: 'killed by SIGKILL', nowMs: 61_149 },
      { kind: 'time', nowMs: 70_000 },
    ])
    const worse = play([{ kind: 'failed', why: 'x', nowMs: 70_000 }], bad.state)
    expect(spareDeadlineMs(worse.state)).toBe(72_000)
    const good = play(
      [
        { kind: 'loaded', nowMs: 70_100 },
        { kind: 'failed', why: 'x', nowMs: 130_100 },
      ],
      bad.state,
    )
    expect(spareDeadlineMs(good.state)).toBe(131_100)
  })

  test('that does not load is ended and counts as a failure', () => {
    const { state, actions } = play([...LOADING, { kind: 'time', nowMs: 10_999 }, { kind: 'time', nowMs: 11_000 }])
    expect(actions).toEqual(['start', 'end'])
    expect(state).toMatchObject({ kind: 'waiting', failures: 1, why: 'it was not loaded in time' })
  })

  test.each([
    ['loading', LOADING],
    ['ready', READY],
  ] as const)('that is not wanted any more is ended while %s', (_kind, events) => {
    const { state, actions } = play([...events, { kind: 'unwant', nowMs: 1_200 }])
    expect(state).toMatchObject({ kind: 'off', failures: 0, calmSinceMs: 0 })
    expect(actions).toEqual(['start', 'end'])
    expect(spareDeadlineMs(state)).toBeNull()
  })

  test('whatever happens, there is at most one, and one that is wanted comes when all is calm', () => {
    const event = fc.oneof(
      fc
        .constantFrom<SpareEvent['kind']>('want', 'unwant', 'time', 'loaded', 'taken', 'failed')
        .map((kind) => ({ kind })),
      fc.boolean().map((calm) => ({ kind: 'calm' as const, calm })),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.nat(20_000)), { maxLength: 60 }), (script) => {
        let state: SpareState = NO_SPARE
        let alive = false
        let nowMs = 0
        const happen = (one: SpareEvent): void => {
          // The shell tells of a process only while there is one, and of its end once.
          if ((one.kind === 'loaded' || one.kind === 'failed') && !alive) return
          if (one.kind === 'taken' && state.kind !== 'ready') return
          if (one.kind === 'failed' || one.kind === 'taken') alive = false
          const { next, action } = stepSpare(state, one)
          if (action === 'start') expect(alive).toBe(false)
          if (action !== null) alive = action === 'start'
          state = next
          expect(alive).toBe(state.kind === 'loading' || state.kind === 'ready')
        }
        for (const [one, ms] of script) {
          nowMs += ms
          happen({ why: 'x', ...one, nowMs } as SpareEvent)
        }
        happen({ kind: 'want', nowMs })
        happen({ kind: 'calm', calm: true, nowMs })
        for (let count = 0; count < 3 && state.kind !== 'ready'; count++) {
          if (alive) happen({ kind: 'loaded', nowMs })
          else happen({ kind: 'time', nowMs: spareDeadlineMs(state) ?? nowMs })
        }
        expect(state.kind).toBe('ready')
      }),
      { numRuns: 1_000 },
    )
  })
})
