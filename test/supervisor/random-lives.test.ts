import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextDeadlineMs } from '../../supervisor/deadline.ts'
import { NEW_SERVICE, type ServiceEvent, type ServiceState } from '../../supervisor/service-state.ts'
import { step } from '../../supervisor/transitions.ts'
import { eventFor, RULES, type Told } from './lives.ts'

/** A process as the world has it, to compare with what the state machine believes. */
interface World {
  alive: Set<number>
  wish: 'up' | 'down'
  nowMs: number
  state: ServiceState
}

type Move =
  | { readonly kind: 'command'; readonly command: 'start' | 'stop' | 'restart' | 'kill' }
  | { readonly kind: 'follows' }
  | { readonly kind: 'child'; readonly does: 'ready' | 'heartbeat' | 'silent' | 'ok' }
  | { readonly kind: 'dies'; readonly code: number | null; readonly spare: boolean }
  | { readonly kind: 'late'; readonly lives: number; readonly does: 'ready' | 'heartbeat' | 'exited' }
  | { readonly kind: 'waits'; readonly ms: number; readonly stalled: boolean }
  | { readonly kind: 'waitsForDeadline' }

const moves: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ kind: fc.constant('command' as const), command: fc.constantFrom('start', 'stop', 'restart', 'kill') }),
  fc.constant({ kind: 'follows' as const }),
  fc.record({ kind: fc.constant('child' as const), does: fc.constantFrom('ready', 'heartbeat', 'silent', 'ok') }),
  fc.record({
    kind: fc.constant('dies' as const),
    code: fc.constantFrom(null, 0, 1, 64, 78),
    spare: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('late' as const),
    lives: fc.integer({ min: 1, max: 3 }),
    does: fc.constantFrom('ready', 'heartbeat', 'exited'),
  }),
  fc.record({ kind: fc.constant('waits' as const), ms: fc.nat(20_000), stalled: fc.boolean() }),
  fc.constant({ kind: 'waitsForDeadline' as const }),
)

/** Gives one event to the machine and lets the world do what the actions say. */
function happen(world: World, event: ServiceEvent): void {
  const { next, actions } = step(world.state, event, RULES)
  world.state = next
  for (const action of actions) {
    if (action.kind === 'spawn') {
      expect(world.alive.size, 'never two live instances').toBe(0)
      world.alive.add(action.life)
      happen(world, eventFor(world.state, { kind: 'spawned', nowMs: world.nowMs }))
    }
    if (action.kind === 'signal') expect(action.life, 'only the living are signalled').toBe(world.state.life)
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
    case 'child':
      if (!world.alive.has(world.state.life)) return
      if (one.does === 'ready' || one.does === 'heartbeat') tell({ kind: one.does, nowMs })
      else
        tell({
          kind: 'probed',
          outcome: one.does === 'ok' ? { kind: 'ok', latencyMs: 1 } : { kind: 'silent', error: 'x' },
          nowMs,
        })
      break
    case 'dies':
      if (!world.alive.delete(world.state.life)) return
      tell({ kind: 'exited', code: one.code, signal: one.code === null ? 'SIGKILL' : null, spare: one.spare, nowMs })
      break
    case 'late': {
      const life = world.state.life - one.lives
      const before = world.state
      happen(world, { ...eventFor(world.state, { kind: one.does, nowMs }), life } as ServiceEvent)
      expect(world.state, 'no event of an old life acts').toBe(before)
      return
    }
    case 'waits':
      world.nowMs += one.ms
      tell({ kind: 'time', nowMs: world.nowMs, stalledMs: one.stalled ? one.ms : 0 })
      break
    case 'waitsForDeadline':
      world.nowMs = Math.max(world.nowMs, nextDeadlineMs(world.state) ?? world.nowMs)
      tell({ kind: 'time', nowMs: world.nowMs })
      break
  }
}

describe('random lives', () => {
  test('never two instances, no lost wish, nothing of an old life acts, and it always gets where it is wished', () => {
    fc.assert(
      fc.property(fc.array(moves, { maxLength: 80 }), (script) => {
        const world: World = { alive: new Set(), wish: 'down', nowMs: 0, state: NEW_SERVICE }
        for (const one of script) {
          move(world, one)
          const { state, alive } = world
          expect(state.wanted, 'no lost wish').toBe(world.wish)
          const runs = state.kind === 'starting' || state.kind === 'ready' || state.kind === 'stopping'
          expect(runs, 'what is observed is what is').toBe(alive.size === 1)
          if (runs || state.kind === 'backoff') expect(nextDeadlineMs(state)).not.toBeNull()
        }
        // Left alone, with a child that behaves, it arrives.
        for (let count = 0; count < 12; count++) {
          if (world.state.kind === 'stopping') move(world, { kind: 'dies', code: 0, spare: false })
          else if (world.state.kind === 'starting') move(world, { kind: 'child', does: 'ready' })
          else if (world.state.kind !== 'ready') move(world, { kind: 'waitsForDeadline' })
        }
        const final = world.state.kind === 'parked' && world.state.untilMs === null
        if (!final) expect(world.state.kind).toBe(world.wish === 'up' ? 'ready' : 'stopped')
      }),
      { numRuns: 2_000 },
    )
  })
})
