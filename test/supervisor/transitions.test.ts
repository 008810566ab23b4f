import { describe, expect, test } from 'vitest'
import type { ServiceEvent, ServiceState } from '../../supervisor/service/service-state.ts'
import { step, table } from '../../supervisor/service/transitions.ts'
import { eventFor, play, RULES, SCRIPTS, type Told } from './lives.ts'

type Kind = ServiceState['kind']
type Row = readonly [from: Kind, event: Told, to: Kind, actions: string]

const code = (exit: number): Told => ({ kind: 'exited', code: exit, nowMs: 1_000 })
const KILLED: Told = { kind: 'exited', signal: 'SIGKILL', nowMs: 1_000 }

/** Every cell: state, event, next state, actions. An empty text = nothing to carry out. */
const ROWS: readonly Row[] = [
  ['stopped', { kind: 'start', nowMs: 1_000 }, 'starting', 'spawn'],
  ['stopped', { kind: 'stop', nowMs: 1_000 }, 'stopped', ''],
  ['stopped', { kind: 'restart', nowMs: 1_000 }, 'starting', 'spawn'],
  ['stopped', { kind: 'kill', nowMs: 1_000 }, 'stopped', ''],
  ['stopped', { kind: 'enlist', nowMs: 1_000 }, 'stopped', ''],
  ['stopped', { kind: 'due', nowMs: 1_000 }, 'stopped', ''],
  ['stopped', { kind: 'extend', nowMs: 1_000 }, 'stopped', ''],
  ['stopped', { kind: 'leaving', nowMs: 1_000 }, 'stopped', ''],
  ['stopped', { kind: 'follow', nowMs: 1_000 }, 'stopped', ''],
  ['stopped', { kind: 'spawned', nowMs: 1_000 }, 'stopped', ''],
  ['stopped', { kind: 'spawnFailed', nowMs: 1_000 }, 'stopped', ''],
  ['stopped', { kind: 'socketFailed', nowMs: 1_000 }, 'stopped', ''],
  ['stopped', { kind: 'ready', nowMs: 1_000 }, 'stopped', ''],
  ['stopped', { kind: 'heartbeat', nowMs: 1_000 }, 'stopped', ''],
  ['stopped', { kind: 'probed', nowMs: 1_000 }, 'stopped', ''],
  ['stopped', { kind: 'examined', nowMs: 1_000 }, 'stopped', ''],
  ['stopped', { kind: 'interrogated', nowMs: 1_000 }, 'stopped', ''],
  ['stopped', KILLED, 'stopped', ''],
  ['stopped', { kind: 'time', nowMs: 1_000 }, 'stopped', ''],
  ['starting', { kind: 'start', nowMs: 1_000 }, 'starting', ''],
  ['starting', { kind: 'stop', nowMs: 1_000 }, 'stopping', 'signal SIGTERM'],
  ['starting', { kind: 'restart', nowMs: 1_000 }, 'stopping', 'signal SIGTERM'],
  ['starting', { kind: 'kill', nowMs: 1_000 }, 'stopping', 'signal SIGKILL'],
  ['starting', { kind: 'enlist', nowMs: 1_000 }, 'starting', ''],
  ['starting', { kind: 'due', nowMs: 1_000 }, 'starting', ''],
  ['starting', { kind: 'extend', nowMs: 1_000 }, 'starting', ''],
  ['starting', { kind: 'leaving', nowMs: 1_000 }, 'starting', ''],
  ['starting', { kind: 'follow', nowMs: 1_000 }, 'stopping', 'signal SIGTERM'],
  ['starting', { kind: 'spawned', nowMs: 1_000 }, 'starting', ''],
  ['starting', { kind: 'spawnFailed', nowMs: 1_000 }, 'backoff', 'recordExit spawn'],
  ['starting', { kind: 'socketFailed', nowMs: 1_000 }, 'parked', 'recordExit spawn'],
  ['starting', { kind: 'ready', nowMs: 1_000 }, 'ready', 'recordReady, measure, probe'],
  ['starting', { kind: 'heartbeat', nowMs: 1_000 }, 'starting', ''],
  ['starting', { kind: 'probed', nowMs: 1_000 }, 'starting', ''],
  ['starting', { kind: 'examined', nowMs: 1_000 }, 'starting', ''],
  ['starting', { kind: 'interrogated', nowMs: 1_000 }, 'starting', ''],
  ['starting', code(0), 'backoff', 'recordExit exit, sweep'],
  ['starting', code(64), 'parked', 'recordExit exit, sweep'],
  ['starting', code(78), 'parked', 'recordExit exit, sweep'],
  ['starting', { ...KILLED, spare: true }, 'backoff', 'recordExit signal, sweep'],
  ['starting', { kind: 'time', nowMs: 9_999 }, 'starting', ''],
  ['starting', { kind: 'time', nowMs: 10_000 }, 'stopping', 'signal SIGTERM'],
  ['starting', { kind: 'time', nowMs: 40_000, stalledMs: 30_000 }, 'starting', ''],
  ['ready', { kind: 'start', nowMs: 1_000 }, 'ready', ''],
  ['ready', { kind: 'stop', nowMs: 1_000 }, 'stopping', 'signal SIGTERM'],
  ['ready', { kind: 'restart', nowMs: 1_000 }, 'stopping', 'signal SIGTERM'],
  ['ready', { kind: 'kill', nowMs: 1_000 }, 'stopping', 'signal SIGKILL'],
  ['ready', { kind: 'enlist', nowMs: 1_000 }, 'ready', ''],
  ['ready', { kind: 'due', nowMs: 1_000 }, 'ready', ''],
  ['ready', { kind: 'extend', nowMs: 1_000 }, 'ready', ''],
  ['ready', { kind: 'leaving', nowMs: 1_000 }, 'ready', ''],
  ['ready', { kind: 'follow', nowMs: 1_000 }, 'stopping', 'signal SIGTERM'],
  ['ready', { kind: 'spawned', nowMs: 1_000 }, 'ready', ''],
  ['ready', { kind: 'spawnFailed', nowMs: 1_000 }, 'ready', ''],
  ['ready', { kind: 'socketFailed', nowMs: 1_000 }, 'ready', ''],
  ['ready', { kind: 'ready', nowMs: 1_000 }, 'ready', ''],
  ['ready', { kind: 'heartbeat', nowMs: 1_000 }, 'ready', ''],
  ['ready', { kind: 'probed', nowMs: 1_000 }, 'ready', ''],
  ['ready', { kind: 'examined', nowMs: 1_000 }, 'ready', ''],
  ['ready', { kind: 'interrogated', nowMs: 1_000 }, 'ready', ''],
  ['ready', KILLED, 'backoff', 'recordExit signal, sweep'],
  ['ready', { ...KILLED, outOfMemory: true }, 'backoff', 'recordExit memory, sweep'],
  ['ready', { ...KILLED, spare: true }, 'starting', 'recordExit signal, sweep, spawn by the spare'],
  ['ready', { kind: 'time', nowMs: 149 }, 'ready', ''],
  ['ready', { kind: 'time', nowMs: 150 }, 'ready', 'measure'],
  ['stopping', { kind: 'start', nowMs: 1_000 }, 'stopping', ''],
  ['stopping', { kind: 'stop', nowMs: 1_000 }, 'stopping', ''],
  ['stopping', { kind: 'restart', nowMs: 1_000 }, 'stopping', ''],
  ['stopping', { kind: 'kill', nowMs: 1_000 }, 'stopping', 'signal SIGKILL'],
  ['stopping', { kind: 'enlist', nowMs: 1_000 }, 'stopping', ''],
  ['stopping', { kind: 'due', nowMs: 1_000 }, 'stopping', ''],
  ['stopping', { kind: 'extend', nowMs: 1_000 }, 'stopping', ''],
  ['stopping', { kind: 'leaving', nowMs: 1_000 }, 'stopping', ''],
  ['stopping', { kind: 'follow', nowMs: 1_000 }, 'stopping', ''],
  ['stopping', { kind: 'spawned', nowMs: 1_000 }, 'stopping', 'signal SIGTERM'],
  ['stopping', { kind: 'spawnFailed', nowMs: 1_000 }, 'stopped', 'recordExit spawn'],
  ['stopping', { kind: 'socketFailed', nowMs: 1_000 }, 'stopped', 'recordExit spawn'],
  ['stopping', { kind: 'ready', nowMs: 1_000 }, 'stopping', ''],
  ['stopping', { kind: 'heartbeat', nowMs: 1_000 }, 'stopping', ''],
  ['stopping', { kind: 'probed', nowMs: 1_000 }, 'stopping', ''],
  ['stopping', { kind: 'examined', nowMs: 1_000 }, 'stopping', ''],
  ['stopping', { kind: 'interrogated', nowMs: 1_000 }, 'stopping', ''],
  ['stopping', code(0), 'stopped', 'recordExit asked, sweep'],
  ['stopping', code(78), 'stopped', 'recordExit asked, sweep'],
  ['stopping', { ...KILLED, spare: true }, 'stopped', 'recordExit asked, sweep'],
  ['stopping', { kind: 'time', nowMs: 5_199 }, 'stopping', ''],
  ['stopping', { kind: 'time', nowMs: 5_200 }, 'stopping', 'signal SIGKILL'],
  ...(['backoff', 'parked'] as const).flatMap((from): Row[] => [
    [from, { kind: 'start', nowMs: 1_000 }, 'starting', 'spawn'],
    [from, { kind: 'stop', nowMs: 1_000 }, 'stopped', ''],
    [from, { kind: 'restart', nowMs: 1_000 }, 'starting', 'spawn'],
    [from, { kind: 'kill', nowMs: 1_000 }, 'stopped', ''],
    [from, { kind: 'spawned', nowMs: 1_000 }, from, ''],
    [from, { kind: 'spawnFailed', nowMs: 1_000 }, from, ''],
    [from, { kind: 'socketFailed', nowMs: 1_000 }, from, ''],
    [from, { kind: 'ready', nowMs: 1_000 }, from, ''],
    [from, { kind: 'heartbeat', nowMs: 1_000 }, from, ''],
    [from, { kind: 'probed', nowMs: 1_000 }, from, ''],
    [from, { kind: 'examined', nowMs: 1_000 }, from, ''],
    [from, { kind: 'interrogated', nowMs: 1_000 }, from, ''],
    [from, KILLED, from, ''],
  ]),
  ['backoff', { kind: 'time', nowMs: 149 }, 'backoff', ''],
  ['backoff', { kind: 'time', nowMs: 150 }, 'starting', 'spawn'],
  ['backoff', { kind: 'enlist', nowMs: 1_000 }, 'backoff', ''],
  ['backoff', { kind: 'due', nowMs: 1_000 }, 'starting', 'spawn'],
  ['backoff', { kind: 'extend', nowMs: 1_000 }, 'backoff', ''],
  ['backoff', { kind: 'leaving', nowMs: 1_000 }, 'backoff', ''],
  ['backoff', { kind: 'follow', nowMs: 1_000 }, 'backoff', ''],
  ['parked', { kind: 'time', nowMs: 300_099 }, 'parked', ''],
  ['parked', { kind: 'time', nowMs: 300_100 }, 'starting', 'spawn'],
  ['parked', { kind: 'enlist', nowMs: 1_000 }, 'parked', ''],
  ['parked', { kind: 'due', nowMs: 1_000 }, 'starting', 'spawn'],
  ['parked', { kind: 'extend', nowMs: 1_000 }, 'parked', ''],
  ['parked', { kind: 'leaving', nowMs: 1_000 }, 'parked', ''],
  ['parked', { kind: 'follow', nowMs: 1_000 }, 'starting', 'spawn'],
]

describe('the state table', () => {
  test.each(ROWS)('%s on %o is %s and does "%s"', (from, event, to, actions) => {
    const { state } = play(SCRIPTS[from])
    expect(state.kind).toBe(from)
    const result = step(state, eventFor(state, event), RULES)
    expect(result.next.kind).toBe(to)
    expect(result.actions.map(words).join(', ')).toBe(actions)
  })

  test('each cell has a row above', () => {
    const missing = Object.entries(table).flatMap(([kind, row]) =>
      Object.keys(row).filter((event) => !ROWS.some(([from, told]) => from === kind && told.kind === event)),
    )
    expect(missing).toEqual([])
  })

  test.each(Object.keys(SCRIPTS) as Kind[])('%s ignores what an earlier life tells', (kind) => {
    const { state } = play(SCRIPTS[kind])
    const late: readonly Told[] = [
      { kind: 'ready', nowMs: 999 },
      { kind: 'heartbeat', nowMs: 999 },
      KILLED,
      { kind: 'spawned', nowMs: 999 },
      { kind: 'probed', nowMs: 999, outcome: { kind: 'silent', error: 'x' } },
      { kind: 'examined', nowMs: 999 },
      { kind: 'interrogated', nowMs: 999 },
    ]
    for (const told of late) {
      const event = { ...eventFor(state, told), life: state.life - 1 } as ServiceEvent
      expect(step(state, event, RULES)).toEqual({ next: state, actions: [] })
    }
  })
})

function words(action: ReturnType<typeof step>['actions'][number]): string {
  if (action.kind === 'signal') return `signal ${action.signal}`
  if (action.kind === 'recordExit') return `recordExit ${action.reason}`
  return action.kind === 'spawn' && action.spare ? 'spawn by the spare' : action.kind
}
