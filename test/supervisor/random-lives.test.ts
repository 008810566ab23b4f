import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextDeadlineMs } from '../../supervisor/service/deadline.ts'
import {
  NEW_SERVICE,
  type Rules,
  type ServiceEvent,
  type ServiceState,
} from '../../supervisor/service/service-state.ts'
import { step } from '../../supervisor/service/transitions.ts'
import { eventFor, RULES, type Told } from './lives.ts'

/** How the world answers a wish to start a process. */
type Start = 'runs' | 'refused' | 'noSocket'

/** A process as the world has it, to compare with what the state machine believes. */
interface World {
  readonly alive: Set<number>
  wish: 'up' | 'down'
  nowMs: number
  state: ServiceState
  rules: Rules
  /** How the next starts go; those after run. */
  starts: readonly Start[]
  /** States and reasons that were seen, to know that the test looks at what it should. */
  readonly seen: Set<string>
}

type Move =
  | { readonly kind: 'command'; readonly command: 'start' | 'stop' | 'restart' | 'kill' }
  | { readonly kind: 'follows' | 'enlisted' | 'due' | 'hangs' | 'waitsForDeadline' }
  | { readonly kind: 'reload'; readonly rules: Partial<Rules>; readonly on: Rules['restart']['on'] }
  | { readonly kind: 'starts'; readonly starts: readonly Start[] }
  | { readonly kind: 'child'; readonly does: 'ready' | 'heartbeat' | 'extend' | 'leaving' | 'silent' | 'sick' | 'ok' }
  | { readonly kind: 'dies'; readonly code: number | null; readonly spare: boolean }
  | { readonly kind: 'late'; readonly lives: number; readonly does: 'ready' | 'heartbeat' | 'exited' | 'spawned' }
  | { readonly kind: 'waits'; readonly ms: number; readonly stalled: boolean }

const on = fc.constantFrom('always', 'failure', 'never')
const moves: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ kind: fc.constant('command' as const), command: fc.constantFrom('start', 'stop', 'restart', 'kill') }),
  fc.record({ kind: fc.constantFrom('follows', 'enlisted', 'due', 'hangs', 'waitsForDeadline') }),
  fc.record({
    kind: fc.constant('reload' as const),
    rules: fc.record({
      startTimeoutMs: fc.constantFrom(100, 10_000),
      stopTimeoutMs: fc.constantFrom(100, 5_000),
      watchdogMs: fc.constantFrom(null, 500, 10_000),
      probeEveryMs: fc.constantFrom(null, 5_000),
      readiness: fc.constantFrom('notify', 'spawned'),
    }),
    on,
  }),
  fc.record({
    kind: fc.constant('starts' as const),
    starts: fc.array(fc.constantFrom<Start>('runs', 'refused', 'noSocket'), { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('child' as const),
    does: fc.constantFrom('ready', 'heartbeat', 'extend', 'leaving', 'silent', 'sick', 'ok'),
  }),
  fc.record({ kind: fc.constant('dies' as const), code: fc.constantFrom(null, 0, 1, 64, 78), spare: fc.boolean() }),
  fc.record({
    kind: fc.constant('late' as const),
    lives: fc.integer({ min: 1, max: 3 }),
    does: fc.constantFrom('ready', 'heartbeat', 'exited', 'spawned'),
  }),
  fc.record({ kind: fc.constant('waits' as const), ms: fc.nat(20_000), stalled: fc.boolean() }),
)

/** Gives one event to the machine and lets the world do what the actions say. */
function happen(world: World, event: ServiceEvent): void {
  const { next, actions } = step(world.state, event, world.rules)
  world.state = next
  world.seen.add(next.kind === 'stopped' ? `stopped ${next.cause}` : next.kind)
  for (const action of actions) {
    if (action.kind === 'recordExit') world.seen.add(action.reason)
    if (action.kind === 'examine') {
      const finding = { hung: world.nowMs % 2 === 0, words: 'x' }
      happen(world, eventFor(world.state, { kind: 'examined', about: action.about, finding, nowMs: world.nowMs }))
    }
    if (action.kind === 'interrogate' && world.nowMs % 3 === 0)
      happen(world, eventFor(world.state, { kind: 'interrogated', nowMs: world.nowMs }))
    if (action.kind === 'signal') expect(action.life, 'only the living are signalled').toBe(world.state.life)
    if (action.kind !== 'spawn') continue
    expect(world.alive.size, 'never two live instances').toBe(0)
    expect(action.life, 'each life has a number of its own').toBe(world.state.life)
    const [start = 'runs', ...later] = world.starts
    world.starts = later
    if (start === 'runs') world.alive.add(action.life)
    const kind = { runs: 'spawned', refused: 'spawnFailed', noSocket: 'socketFailed' } as const
    happen(world, eventFor(world.state, { kind: kind[start], nowMs: world.nowMs }))
  }
}

function move(world: World, one: Move): void {
  const tell = (told: Told): void => happen(world, eventFor(world.state, told))
  const { nowMs } = world
  switch (one.kind) {
    case 'command':
      world.wish = one.command === 'stop' || one.command === 'kill' ? 'down' : 'up'
      tell({ kind: one.command, nowMs })
      break
    case 'follows':
      tell({ kind: 'follow', nowMs })
      break
    case 'enlisted':
      if (!world.rules.scheduled || world.state.kind !== 'stopped') return
      world.wish = 'up'
      tell({ kind: 'enlist', nowMs })
      break
    case 'due':
      if (world.rules.scheduled) tell({ kind: 'due', nowMs })
      break
    case 'reload':
      world.rules = { ...world.rules, ...one.rules, restart: { ...world.rules.restart, on: one.on } }
      break
    case 'starts':
      world.starts = one.starts
      break
    case 'child':
      if (!world.alive.has(world.state.life)) return
      if (one.does === 'ok') tell({ kind: 'probed', outcome: { kind: 'ok', latencyMs: 1 }, nowMs })
      else if (one.does === 'silent') tell({ kind: 'probed', outcome: { kind: 'silent', error: 'x' }, nowMs })
      else if (one.does === 'sick') tell({ kind: 'probed', outcome: { kind: 'sick', error: 'x', latencyMs: 1 }, nowMs })
      else tell({ kind: one.does, nowMs })
      break
    case 'hangs':
      for (let count = 0; count < 3; count++) move(world, { kind: 'child', does: 'silent' })
      break
    case 'dies':
      if (!world.alive.delete(world.state.life)) return
      tell({ kind: 'exited', code: one.code, signal: one.code === null ? 'SIGKILL' : null, spare: one.spare, nowMs })
      break
    case 'late': {
      const before = world.state
      happen(world, { ...eventFor(before, { kind: one.does, nowMs }), life: before.life - one.lives } as ServiceEvent)
      expect(world.state, 'no event of an old life acts').toBe(before)
      return
    }
    case 'waits':
      passTime(world, nowMs + one.ms, one.stalled ? one.ms : 0)
      break
    case 'waitsForDeadline':
      passTime(world, Math.max(nowMs, nextDeadlineMs(world.state) ?? nowMs), 0)
      break
  }
}

/** Before the deadline of the present state no timer does anything: none is left of an earlier one. */
function passTime(world: World, nowMs: number, stalledMs: number): void {
  const { state: before } = world
  const early = nowMs < (nextDeadlineMs(before) ?? Number.POSITIVE_INFINITY)
  world.nowMs = nowMs
  happen(world, eventFor(before, { kind: 'time', nowMs, stalledMs }))
  if (early) expect(world.state, 'no timer acts before its time').toEqual(before)
}

function checkInvariants(world: World): void {
  const { state, alive, rules } = world
  if (state.kind === 'stopped' && state.cause === 'finished' && world.wish === 'up') {
    expect(rules.restart.on !== 'always' && !rules.scheduled, 'only who may finish does').toBe(true)
    world.wish = 'down'
  }
  expect(state.wanted, 'no lost wish').toBe(world.wish)
  const runs = state.kind === 'starting' || state.kind === 'ready' || state.kind === 'stopping'
  expect(runs, 'what is observed is what is').toBe(alive.size === 1)
  if (state.kind === 'starting' || state.kind === 'stopping' || state.kind === 'backoff')
    expect(nextDeadlineMs(state), 'nothing waits for ever').not.toBeNull()
  if (state.kind === 'stopped' && state.cause === 'waiting') expect(rules.scheduled && state.wanted === 'up').toBe(true)
}

/** Left alone, with a child that behaves and a clock that comes round, a service gets where it is wished. */
function settle(world: World): void {
  world.starts = []
  for (let count = 0; count < 12; count++) {
    const { state, rules } = world
    if (state.kind === 'stopping' || (state.kind === 'ready' && rules.scheduled))
      move(world, { kind: 'dies', code: 0, spare: false })
    else if (state.kind === 'starting') move(world, { kind: 'child', does: 'ready' })
    else if (state.kind !== 'ready' && state.kind !== 'stopped') move(world, { kind: 'waitsForDeadline' })
    checkInvariants(world)
  }
  const { state, rules, wish } = world
  if (state.kind === 'parked' && state.untilMs === null) return
  expect(state.kind).toBe(wish === 'up' && !rules.scheduled ? 'ready' : 'stopped')
  if (state.kind === 'stopped' && wish === 'up') expect(state.cause).toBe('waiting')
}

describe('random lives', () => {
  test.each([
    [false, ['stopped finished', 'watchdog', 'probe']],
    [true, ['stopped waiting']],
  ])(
    'with scheduled = %s: never two instances, no lost wish, nothing of an old life acts, and it gets where it is wished',
    (scheduled, special) => {
      const seen = new Set<string>()
      const script = fc.array(moves, { maxLength: 100, size: 'max' })
      fc.assert(
        fc.property(script, on, (script, on) => {
          const rules = { ...RULES, scheduled, restart: { ...RULES.restart, on } }
          const world: World = { alive: new Set(), wish: 'down', nowMs: 0, state: NEW_SERVICE, rules, starts: [], seen }
          for (const one of script) {
            move(world, one)
            checkInvariants(world)
          }
          settle(world)
        }),
        { numRuns: 2_000 },
      )
      const usual = ['starting', 'ready', 'stopping', 'backoff', 'parked', 'stopped asked', 'exit', 'signal', 'spawn']
      expect([...seen]).toEqual(
        expect.arrayContaining([...usual, 'start-timeout', 'rest-for-one', 'asked', ...special]),
      )
    },
  )
})
