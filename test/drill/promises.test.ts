import { describe, expect, test } from 'vitest'
import { FLOOD_PROMISES, type FloodSeen } from '../../supervisor/drill/flood-promises.ts'
import { HANG_PROMISES, type HangSeen } from '../../supervisor/drill/hang-promises.ts'
import { KILL_PROMISES, type KillSeen } from '../../supervisor/drill/kill-promises.ts'
import { judgeAll, type Pledge } from '../../supervisor/drill/promise.ts'
import { RELOAD_PROMISES, type ReloadSeen } from '../../supervisor/drill/reload-promises.ts'
import { exitReport } from '../cli/reports.ts'

const SOCKET = 'udp://127.0.0.1:123'
const sockets = { before: new Map([[SOCKET, '71']]), after: new Map([[SOCKET, '71']]) }
const requests = { sentAlive: 40, answeredAlive: 38, sentDead: 60, answeredDead: 50, dropped: 7, refused: { stale: 3 } }

const KILLED: KillSeen = { backAfterMs: 150.4, limitMs: 2000, lastExit: exitReport(), sockets, requests }
const HUNG: HangSeen = { ...KILLED, backAfterMs: 11_000, limitMs: 20_000, lastExit: exitReport({ reason: 'watchdog' }) }
const FLOODED: FloodSeen = {
  sent: 20_000,
  received: 15_000,
  dropped: 5_000,
  slowestStatusMs: 80,
  samePid: true,
  answersAfter: true,
}
const RELOADED: ReloadSeen = { changes: [{ service: 'ntp', change: 'unchanged' }], otherPids: [], sockets }

/** The promises that were broken, each with what was found. */
function broken<Seen>(pledges: readonly Pledge<Seen>[], seen: Seen): readonly string[] {
  return judgeAll(pledges, seen)
    .filter(({ kept }) => !kept)
    .map(({ promise, found }) => `${promise}: ${found}`)
}

test('a drill that went well keeps every promise, and says what was seen', () => {
  const reports = [
    ...judgeAll(KILL_PROMISES, KILLED),
    ...judgeAll(HANG_PROMISES, HUNG),
    ...judgeAll(FLOOD_PROMISES, FLOODED),
    ...judgeAll(RELOAD_PROMISES, RELOADED),
  ]
  expect(reports.filter(({ kept }) => !kept)).toEqual([])
  expect(reports.map(({ found }) => found)).toEqual(
    expect.arrayContaining([
      'after 150 ms of 2000 allowed',
      '60 sent, 50 answered, 7 dropped by the kernel, 3 counted as stale',
      '2 of 40 sent before',
      'SIGKILL, reason signal, gap 83.1 ms, 12 waited, 0 dropped',
      'after 11.0 s of 20.0 s allowed',
      'reason watchdog',
      '20000 sent, 15000 received, 5000 dropped',
      '1 services, each unchanged',
    ]),
  )
})

describe('a promise is broken', () => {
  test.each<[string, Partial<KillSeen>, string]>([
    ['by coming back late', { backAfterMs: 2400 }, 'it serves again in time: after 2400 ms of 2000 allowed'],
    ['by not coming back', { backAfterMs: null }, 'it serves again in time: not within 2000 ms'],
    [
      'by another socket',
      { sockets: { ...sockets, after: new Map([[SOCKET, '99']]) } },
      `another socket, or none, on ${SOCKET}`,
    ],
    ['by no socket', { sockets: { before: new Map([[SOCKET, '']]), after: new Map([[SOCKET, '']]) } }, `on ${SOCKET}`],
    ['by one lost request', { requests: { ...requests, answeredDead: 49 } }, '60 sent, 49 answered'],
    ['by a lost batch and one more', { requests: { ...requests, sentAlive: 400, answeredAlive: 143 } }, '257 of 400'],
    ['by no report', { lastExit: null }, 'no exit is reported'],
    ['by the report of another death', { lastExit: exitReport({ signal: 'SIGSEGV' }) }, 'SIGSEGV, reason signal'],
    ['by a report without the gap', { lastExit: exitReport({ gap_ms: null }) }, 'gap unknown ms'],
    ['by a report that counts nothing', { lastExit: exitReport({ queued: null }) }, 'unknown waited'],
  ])('of a kill %s', (_, changes, text) => {
    expect(broken(KILL_PROMISES, { ...KILLED, ...changes })).toEqual([expect.stringContaining(text)])
  })

  test.each<[string, Partial<HangSeen>, string]>([
    ['that nobody notices', { backAfterMs: null }, 'not within 20.0 s'],
    ['that is noticed late', { backAfterMs: 20_100 }, 'after 20.1 s of 20.0 s'],
    ['that is called something else', { lastExit: exitReport({ reason: 'signal' }) }, 'reason signal'],
    ['that is not reported', { lastExit: null }, 'reason none'],
  ])('of a hang %s', (_, changes, text) => {
    expect(broken(HANG_PROMISES, { ...HUNG, ...changes })).toEqual([expect.stringContaining(text)])
  })

  test.each<[string, Partial<FloodSeen>, string]>([
    ['that is not all counted', { dropped: 4_999 }, '20000 sent, 15000 received, 4999 dropped'],
    ['that hides the count', { received: null }, 'unknown how many received'],
    ['that keeps the supervisor busy', { slowestStatusMs: 1_200 }, 'status took at most 1200 ms of 1000 allowed'],
    ['that kills', { samePid: false }, 'another process, which answers'],
    ['that silences', { answersAfter: false }, 'the same process, no answer'],
  ])('of a flood %s', (_, changes, text) => {
    expect(broken(FLOOD_PROMISES, { ...FLOODED, ...changes })).toEqual([expect.stringContaining(text)])
  })

  test.each<[string, Partial<ReloadSeen>, string]>([
    ['that restarts', { changes: [{ service: 'ntp', change: 'restarted' }] }, 'ntp restarted'],
    ['that changes a pid', { otherPids: ['ntp'] }, 'other pids: ntp'],
    ['that opens anew', { sockets: { ...sockets, after: new Map() } }, SOCKET],
  ])('of a reload %s', (_, changes, text) => {
    expect(broken(RELOAD_PROMISES, { ...RELOADED, ...changes })).toEqual([expect.stringContaining(text)])
  })
})

test('a service that no client reaches, or without sockets, can lose nothing', () => {
  const none = { before: new Map<string, string>(), after: new Map<string, string>() }
  const bare = { ...KILLED, requests: null, sockets: none, lastExit: exitReport({ queued: null, dropped: null }) }
  expect(broken(KILL_PROMISES, bare)).toEqual([])
})
