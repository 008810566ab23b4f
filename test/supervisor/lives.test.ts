import { describe, expect, test } from 'vitest'
import { nextDeadlineMs } from '../../supervisor/service/deadline.ts'
import { judge } from '../../supervisor/service/health.ts'
import type { ServiceAction } from '../../supervisor/service/service-state.ts'
import { play, RULES, SCRIPTS, type Told } from './lives.ts'

const SILENT = { kind: 'silent', error: 'no answer' } as const
const reasons = (actions: readonly ServiceAction[]): string[] =>
  actions.flatMap((action) => (action.kind === 'recordExit' ? [action.reason] : []))
const signals = (actions: readonly ServiceAction[]): string[] =>
  actions.flatMap((action) => (action.kind === 'signal' ? [action.signal] : []))

describe('whole lives', () => {
  test('kill -9, backoff, ready again: one automatic restart', () => {
    const { state, actions } = play([
      ...SCRIPTS.ready,
      { kind: 'exited', signal: 'SIGKILL', nowMs: 20_000 },
      { kind: 'time', nowMs: 20_050 },
      { kind: 'ready', nowMs: 20_120 },
    ])
    expect(state).toMatchObject({ kind: 'ready', life: 2, restarts: 1, wanted: 'up' })
    expect(reasons(actions)).toEqual(['signal'])
  })

  test('kill -9 with a spare ready: taken over at once, a repeat soon after waits', () => {
    const first = play([...SCRIPTS.ready, { kind: 'exited', signal: 'SIGKILL', spare: true, nowMs: 20_000 }])
    expect(first.state).toMatchObject({ kind: 'starting', life: 2, restarts: 1, deadlineMs: 30_000 })
    expect(first.actions.at(-1)).toEqual({ kind: 'spawn', life: 2, spare: true })
    const repeat = play(
      [
        { kind: 'ready', nowMs: 20_010 },
        { kind: 'exited', signal: 'SIGKILL', spare: true, nowMs: 21_000 },
      ],
      RULES,
      first.state,
    )
    expect(repeat.state).toMatchObject({ kind: 'backoff', untilMs: 21_100 })
  })

  test.each([
    ['exit 78', { code: 78 }, RULES, 'parked'],
    ['on = never', { code: 1 }, { ...RULES, restart: { ...RULES.restart, on: 'never' } }, 'stopped'],
  ] as const)('a spare changes nothing for %s', (_title, how, rules, kind) => {
    const { state, actions } = play([...SCRIPTS.ready, { kind: 'exited', ...how, spare: true, nowMs: 20_000 }], rules)
    expect(state.kind).toBe(kind)
    expect(actions.filter((action) => action.kind === 'spawn')).toHaveLength(1)
  })

  test('a restart by command starts the program as it is on the disk', () => {
    const { actions } = play([
      ...SCRIPTS.ready,
      { kind: 'restart', nowMs: 200 },
      { kind: 'exited', code: 0, spare: true, nowMs: 210 },
    ])
    expect(actions.at(-1)).toEqual({ kind: 'spawn', life: 2, spare: false })
  })

  test('a program that fails at once is parked after its limit and tried again later', () => {
    const script: Told[] = [{ kind: 'start', nowMs: 0 }]
    let nowMs = 0
    for (let count = 0; count < 6; count++) {
      script.push({ kind: 'exited', code: 1, nowMs: nowMs + 1 }, { kind: 'time', nowMs: nowMs + 4_000 })
      nowMs += 4_000
    }
    const { state } = play(script)
    expect(state).toMatchObject({ kind: 'parked', life: 6, restarts: 5 })
    const retried = play([{ kind: 'time', nowMs: 400_000 }], RULES, state)
    expect(retried.state).toMatchObject({ kind: 'starting', life: 7 })
    expect(play([{ kind: 'exited', code: 1, nowMs: 400_001 }], RULES, retried.state).state.kind).toBe('parked')
  })

  test('exit 78 is not retried by itself, but by command', () => {
    const { state } = play([
      { kind: 'start', nowMs: 0 },
      { kind: 'exited', code: 78, nowMs: 10 },
    ])
    expect(state).toMatchObject({ kind: 'parked', untilMs: null })
    expect(judge(state).reason).toBe(
      'exit code 78: its configuration is wrong, or something that it needs is not there; not retried',
    )
    expect(play([{ kind: 'time', nowMs: 10 ** 12 }], RULES, state).state).toBe(state)
    expect(play([{ kind: 'start', nowMs: 20 }], RULES, state).state.kind).toBe('starting')
  })

  test.each([
    [78, 'the right CAP_SYS_TIME is missing', 'exit code 78: the right CAP_SYS_TIME is missing; not retried'],
    [64, 'LANWARD_SECTION is not set', 'exit code 64: LANWARD_SECTION is not set; not retried'],
    [75, 'no space left on device', 'exit code 75: no space left on device'],
    [70, 'Unexpected token in "a stranger\'s words"', 'exit code 70'],
  ])(
    'a daemon that exits with %i is told with the cause that it named, but for the words of a bug',
    (code, said, why) => {
      const { state } = play([
        { kind: 'start', nowMs: 0 },
        { kind: 'exited', code, said, nowMs: 10 },
      ])
      expect(judge(state).reason).toBe(why)
    },
  )

  test('a stop during the start, wished back at once, ends in a new life', () => {
    const { state } = play([
      { kind: 'start', nowMs: 0 },
      { kind: 'stop', nowMs: 1 },
      { kind: 'start', nowMs: 2 },
      { kind: 'exited', signal: 'SIGTERM', nowMs: 3 },
    ])
    expect(state).toMatchObject({ kind: 'starting', life: 2, restarts: 0 })
  })

  test('a start that hangs is ended with its reason and retried', () => {
    const { state, actions } = play([
      { kind: 'start', nowMs: 0 },
      { kind: 'time', nowMs: 10_000 },
      { kind: 'time', nowMs: 15_000 },
      { kind: 'exited', signal: 'SIGKILL', nowMs: 15_001 },
    ])
    expect(state.kind).toBe('backoff')
    expect(reasons(actions)).toEqual(['start-timeout'])
    expect(signals(actions)).toEqual(['SIGTERM', 'SIGKILL'])
  })

  test('what had waited is counted several times, then no more', () => {
    const calm = { ...RULES, watchdogMs: null, probeEveryMs: null }
    let { state } = play(SCRIPTS.ready, calm)
    const countedMs: number[] = []
    for (let dueMs = nextDeadlineMs(state); dueMs !== null; dueMs = nextDeadlineMs(state)) {
      const later = play([{ kind: 'time', nowMs: dueMs }], calm, state)
      state = later.state
      if (later.actions.some(({ kind }) => kind === 'measure')) countedMs.push(dueMs - 100)
    }
    expect(countedMs).toEqual([50, 200, 800, 3_200])
  })

  const hung = [
    ...SCRIPTS.ready,
    { kind: 'time', nowMs: 10_100 },
    { kind: 'heartbeat', nowMs: 10_200 },
    { kind: 'time', nowMs: 20_200 },
    { kind: 'time', nowMs: 22_200 },
    { kind: 'examined', nowMs: 22_200 },
  ] as const satisfies Told[]

  test('one missed heartbeat is only a suspicion; after the second it is examined, asked for its stack, aborted, killed', () => {
    const { state, actions } = play([
      ...hung,
      { kind: 'interrogated', nowMs: 22_300 },
      { kind: 'time', nowMs: 23_300 },
      { kind: 'exited', signal: 'SIGKILL', nowMs: 23_301 },
    ])
    const kinds = actions.map(({ kind }) => kind).filter((kind) => kind !== 'probe' && kind !== 'measure')
    expect(kinds).toEqual([
      ...['spawn', 'recordReady', 'suspect', 'suspect', 'examine'],
      ...['interrogate', 'signal', 'signal', 'recordExit', 'sweep'],
    ])
    expect(signals(actions)).toEqual(['SIGABRT', 'SIGKILL'])
    expect(reasons(actions)).toEqual(['watchdog'])
    expect(state).toMatchObject({ kind: 'backoff', why: 'its heartbeat stopped: it is busy without end' })
  })

  test('a hung process that cannot tell its stack is ended all the same', () => {
    const asked = play(hung)
    expect(asked.state).toMatchObject({ kind: 'stopping', signal: null, reason: 'watchdog' })
    expect(signals(asked.actions)).toEqual([])
    expect(signals(play([{ kind: 'time', nowMs: 24_200 }], RULES, asked.state).actions)).toEqual(['SIGABRT'])
    expect(signals(play([{ kind: 'kill', nowMs: 22_201 }], RULES, asked.state).actions)).toEqual(['SIGKILL'])
  })

  test('a process that would beat if it were let is degraded, not ended, until it beats again', () => {
    const starved = { hung: false, words: 'the machine is overloaded' }
    const excused = play([...hung.slice(0, -1), { kind: 'examined', finding: starved, nowMs: 22_200 }])
    expect(excused.state).toMatchObject({ kind: 'ready', heartbeat: { dueMs: 32_200, missed: false } })
    expect(judge(excused.state)).toEqual({ health: 'degraded', reason: 'no sign of life: the machine is overloaded' })
    const beaten = play([{ kind: 'heartbeat', nowMs: 22_300 }], RULES, excused.state)
    expect(beaten.state).toMatchObject({ heartbeat: { dueMs: 32_300, missed: false, excuse: null } })
  })

  test('a heartbeat that came during the examination counts', () => {
    const { state } = play([
      ...hung.slice(0, -1),
      { kind: 'heartbeat', nowMs: 22_200 },
      { kind: 'examined', nowMs: 22_201 },
    ])
    expect(state).toMatchObject({ kind: 'ready', heartbeat: { dueMs: 32_200, missed: false } })
  })

  test('a supervisor that itself was stalled does not blame the process', () => {
    const { state } = play([...SCRIPTS.ready, { kind: 'time', nowMs: 60_000, stalledMs: 50_000 }])
    expect(state).toMatchObject({ kind: 'ready', heartbeat: { dueMs: 70_000, missed: false } })
  })

  test('silent probes make it degraded, the third in a row restarts it; an answer in between forgives', () => {
    const silent = (nowMs: number): Told[] => [
      { kind: 'probed', outcome: SILENT, nowMs },
      { kind: 'heartbeat', nowMs },
      { kind: 'time', nowMs: nowMs + 5_000 },
    ]
    const twice = play([...SCRIPTS.ready, ...silent(200), ...silent(5_300)])
    expect(judge(twice.state)).toEqual({ health: 'degraded', reason: 'probe: no answer' })
    expect(judge(twice.state, ['the disk is full']).reason).toBe('the disk is full; probe: no answer')
    expect(judge(twice.state, ['there is no answer to give']).reason).toBe('there is no answer to give')
    const forgiven = play(
      [
        { kind: 'probed', nowMs: 10_400 },
        { kind: 'time', nowMs: 15_400 },
      ],
      RULES,
      twice.state,
    )
    expect(judge(forgiven.state).health).toBe('ok')
    const third = play([{ kind: 'probed', outcome: SILENT, nowMs: 10_400 }], RULES, twice.state)
    expect(third.actions).toEqual([{ kind: 'examine', life: 1, about: 'probe' }])
    const ended = play([{ kind: 'examined', about: 'probe', nowMs: 10_401 }], RULES, third.state)
    expect(ended.state).toMatchObject({ kind: 'stopping', reason: 'probe', found: 'it is busy without end' })
    const starved = { hung: false, words: 'the machine is overloaded' }
    const kept = play([{ kind: 'examined', about: 'probe', finding: starved, nowMs: 10_401 }], RULES, third.state)
    expect(kept.state).toMatchObject({ kind: 'ready', probing: { dueMs: 15_401, silent: 0 } })
  })

  test('a probe that the supervisor slept through counts for nothing and is sent again', () => {
    const slept: Told = { kind: 'probed', outcome: SILENT, nowMs: 40_000, stalledMs: 30_000 }
    const { state } = play([...SCRIPTS.ready, { kind: 'probed', nowMs: 200 }, ...Array(5).fill(slept)])
    expect(state).toMatchObject({
      kind: 'ready',
      probing: { dueMs: 40_000, silent: 0, last: { outcome: { kind: 'ok' } } },
    })
  })

  test('one that follows its forerunner begins anew at once: a restart, but no failure', () => {
    const { state, actions } = play([
      ...SCRIPTS.ready,
      { kind: 'follow', nowMs: 300 },
      { kind: 'follow', nowMs: 310 },
      { kind: 'exited', code: 78, nowMs: 320 },
    ])
    expect(state).toMatchObject({ kind: 'starting', life: 2, restarts: 1, wanted: 'up', history: { failures: 0 } })
    expect(reasons(actions)).toEqual(['rest-for-one'])
    const stopped = play([...SCRIPTS.ready, { kind: 'follow', nowMs: 300 }, { kind: 'stop', nowMs: 310 }])
    expect(play([{ kind: 'exited', code: 0, nowMs: 320 }], RULES, stopped.state).state.kind).toBe('stopped')
  })

  test('a start and an end may ask for more time, never for less', () => {
    const slow = play([
      { kind: 'start', nowMs: 0 },
      { kind: 'extend', forMs: 30_000, nowMs: 9_000 },
      { kind: 'extend', forMs: 1, nowMs: 9_001 },
      { kind: 'time', nowMs: 38_999 },
    ])
    expect(slow.state.kind).toBe('starting')
    expect(play([{ kind: 'time', nowMs: 39_000 }], RULES, slow.state).state).toMatchObject({ reason: 'start-timeout' })
    const ending = play([...SCRIPTS.stopping, { kind: 'extend', forMs: 60_000, nowMs: 300 }])
    expect(ending.state).toMatchObject({ kind: 'stopping', deadlineMs: 60_300 })
    const killed = play([{ kind: 'kill', nowMs: 400 }], RULES, ending.state)
    expect(play([{ kind: 'extend', forMs: 60_000, nowMs: 500 }], RULES, killed.state).state).toBe(killed.state)
  })

  test('one that ends by itself may fall silent for as long as one that was asked to', () => {
    const rules = { ...RULES, probeEveryMs: null, stopTimeoutMs: 60_000 }
    const leaving = play([...SCRIPTS.ready, { kind: 'leaving', nowMs: 1_000 }, { kind: 'time', nowMs: 60_999 }], rules)
    expect(leaving.state).toMatchObject({ kind: 'ready', heartbeat: { dueMs: 61_000 } })
    expect(leaving.actions.map(({ kind }) => kind)).not.toContain('examine')
    const { actions } = play([{ kind: 'time', nowMs: 61_000 }], rules, leaving.state)
    expect(actions).toContainEqual({ kind: 'examine', life: 1, about: 'watchdog' })
    const gone = play([{ kind: 'exited', code: 0, nowMs: 50_000 }], rules, leaving.state)
    expect(gone.state.kind).toBe('backoff')
  })

  describe('a service that runs by the clock', () => {
    const rules = { ...RULES, scheduled: true }
    const waiting = play([{ kind: 'enlist', failure: 'exit code 1', nowMs: 0 }], rules).state

    test('waits, wanted up, and tells what was wrong with its last run', () => {
      expect(waiting).toMatchObject({ kind: 'stopped', cause: 'waiting', wanted: 'up', failure: 'exit code 1' })
      expect(judge(waiting)).toEqual({ health: 'failing', reason: 'last run: exit code 1' })
    })

    test.each([
      ['always', { code: 0 }, { kind: 'stopped', cause: 'waiting', failure: null }],
      ['always', { code: 1 }, { kind: 'backoff' }],
      ['failure', { signal: 'SIGSEGV' }, { kind: 'backoff' }],
      ['never', { code: 1 }, { kind: 'stopped', cause: 'waiting', failure: 'exit code 1' }],
      ['never', { signal: 'SIGSEGV' }, { kind: 'stopped', cause: 'waiting', failure: 'killed by SIGSEGV' }],
      ['always', { code: 78 }, { kind: 'parked', untilMs: null }],
    ] as const)('with restart.on = %s, after %o', (on, end, want) => {
      const policy = { ...rules, restart: { ...rules.restart, on } }
      const script: Told[] = [
        { kind: 'due', nowMs: 1 },
        { kind: 'ready', nowMs: 2 },
        { kind: 'exited', ...end, nowMs: 3 },
      ]
      const { state, actions } = play(script, policy, waiting)
      expect(state).toMatchObject({ ...want, wanted: 'up', restarts: 0, life: 1 })
      expect(actions.map(({ kind }) => kind)).not.toContain('recordReady')
      const again = play([{ kind: 'due', nowMs: 4 }], policy, state)
      expect(again.state).toMatchObject({ kind: 'starting', life: 2, restarts: 0 })
    })

    test('stopped by command is off the schedule, also while it waits', () => {
      const stopped = play([{ kind: 'stop', nowMs: 1 }], rules, waiting).state
      expect(stopped).toMatchObject({ kind: 'stopped', cause: 'asked', wanted: 'down' })
      expect(play([{ kind: 'due', nowMs: 2 }], rules, stopped).state).toBe(stopped)
    })
  })

  test('one that may not be retried does not follow', () => {
    const { state } = play([
      { kind: 'start', nowMs: 0 },
      { kind: 'exited', code: 78, nowMs: 10 },
    ])
    expect(play([{ kind: 'follow', nowMs: 20 }], RULES, state).state).toBe(state)
  })

  test('a sick answer never restarts', () => {
    const sick: Told[] = Array.from({ length: 10 }, (_, index) => ({
      kind: 'probed' as const,
      outcome: { kind: 'sick' as const, error: 'disk full', latencyMs: 1 },
      nowMs: 200 + index,
    }))
    expect(play([...SCRIPTS.ready, ...sick]).state.kind).toBe('ready')
  })

  test.each([
    ['always', 0, 'backoff'],
    ['failure', 0, 'stopped'],
    ['failure', 1, 'backoff'],
    ['never', 1, 'stopped'],
  ] as const)('restart.on = %s after exit %i is %s', (on, code, want) => {
    const rules = { ...RULES, restart: { ...RULES.restart, on } }
    expect(play([...SCRIPTS.ready, { kind: 'exited', code, nowMs: 500 }], rules).state.kind).toBe(want)
  })

  test('a program without readiness of its own is ready when it could be started', () => {
    const rules = { ...RULES, readiness: 'spawned', watchdogMs: null, probeEveryMs: null } as const
    const { state, actions } = play(
      [
        { kind: 'start', nowMs: 0 },
        { kind: 'spawned', nowMs: 1 },
      ],
      rules,
    )
    expect(state.kind).toBe('ready')
    expect(actions.map(({ kind }) => kind)).toEqual(['spawn', 'recordReady', 'measure'])
  })
})
