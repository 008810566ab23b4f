import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { mayStart, mayStop } from '../../supervisor/fleet/start-order.ts'
import { Ledger } from '../../supervisor/record/ledger.ts'
import { readableLine } from '../../supervisor/record/own-log.ts'
import { judgeGoal } from '../../supervisor/service/goal.ts'
import { judge, worstOf } from '../../supervisor/service/health.ts'
import { findUser, missingUserText } from '../../supervisor/user/service-user.ts'
import { chooseUsers } from '../../supervisor/user/user-choice.ts'
import { play, RULES, SCRIPTS } from './lives.ts'

describe('judgeGoal', () => {
  test.each([
    ['up, ready in a later life, not yet probed', 'ready', { kind: 'up', afterLife: 0 }, null],
    ['up, ready still in the old life', 'ready', { kind: 'up', afterLife: 1 }, null],
    ['up, starting', 'starting', { kind: 'up', afterLife: 0 }, null],
    ['up, backing off', 'backoff', { kind: 'up', afterLife: 0 }, false],
    ['up, parked', 'parked', { kind: 'up', afterLife: 0 }, false],
    ['up, being stopped', 'stopping', { kind: 'up', afterLife: 0 }, false],
    ['down, stopped', 'stopped', { kind: 'down' }, true],
    ['down, stopping', 'stopping', { kind: 'down' }, null],
    ['down, but wanted up again', 'ready', { kind: 'down' }, false],
  ] as const)('%s', (_title, state, goal, want) => {
    expect(judgeGoal(goal, play(SCRIPTS[state]).state, false)?.reached ?? null).toBe(want)
  })

  test.each([
    ['well', { kind: 'ok', latencyMs: 1 }, 0, true],
    ['wrongly', { kind: 'sick', error: 'no', latencyMs: 1 }, 0, true],
    ['in the old life', { kind: 'ok', latencyMs: 1 }, 1, null],
  ] as const)('up, and answered its first probe %s', (_title, outcome, afterLife, want) => {
    const { state } = play([...SCRIPTS.ready, { kind: 'probed', nowMs: 2_000, outcome }])
    expect(judgeGoal({ kind: 'up', afterLife }, state, false)?.reached ?? null).toBe(want)
  })
})

describe('health', () => {
  test.each([
    ['stopped', 'unknown'],
    ['starting', 'unknown'],
    ['ready', 'unknown'],
    ['backoff', 'failing'],
    ['parked', 'failing'],
    ['stopping', 'unknown'],
  ] as const)('%s without a probe yet is %s', (state, want) => {
    expect(judge(play(SCRIPTS[state]).state).health).toBe(want)
  })

  test.each([
    ['failure', 0, 'ok', 'it finished'],
    ['never', 0, 'ok', 'it finished'],
    ['never', 3, 'failing', 'last run: exit code 3'],
  ] as const)('on = %s, a program that ended with %d is %s', (on, code, health, reason) => {
    const rules = { ...RULES, readiness: 'spawned', restart: { ...RULES.restart, on } } as const
    const { state } = play([...SCRIPTS.ready, { kind: 'exited', nowMs: 2_000, code }], rules)
    expect(state.kind).toBe('stopped')
    expect(judge(state)).toEqual({ health, reason })
  })

  test('what a daemon says of itself comes before what the probe met, and only while it serves', () => {
    const faults = ['the disk is full']
    const ready = play(SCRIPTS.ready).state
    const probed = { kind: 'probed', nowMs: 2_000, outcome: { kind: 'sick', error: 'no store', latencyMs: 1 } } as const
    expect(judge(play([probed], RULES, ready).state, faults)).toEqual({
      health: 'degraded',
      reason: 'the disk is full; probe: no store',
    })
    expect(judge(play([probed], RULES, ready).state, ['it has no store'])).toMatchObject({ reason: 'it has no store' })
    expect(judge(play(SCRIPTS.backoff).state, faults).health).toBe('failing')
  })

  test('the whole is as well as its worst part', () => {
    expect(worstOf([])).toBe('ok')
    expect(worstOf(['ok', 'degraded', 'unknown'])).toBe('degraded')
    expect(worstOf(['ok', 'degraded', 'failing'])).toBe('failing')
  })
})

describe('order', () => {
  const services = [
    { name: 'a', after: [] },
    { name: 'b', after: ['a'] },
  ]
  const [a, b] = services as [(typeof services)[number], (typeof services)[number]]

  test('starts after what it comes after, or when that does not exist', () => {
    expect(mayStart(b, new Set(['a']))).toBe(false)
    expect(mayStart(b, new Set())).toBe(true)
    expect(mayStart({ name: 'c', after: ['c'] }, new Set(['c']))).toBe(true)
  })

  test('stops before what it comes after', () => {
    expect(mayStop(a, services, new Set(['a', 'b']))).toBe(false)
    expect(mayStop(a, services, new Set(['a']))).toBe(true)
    expect(mayStop(b, services, new Set(['a', 'b']))).toBe(true)
  })
})

test('readableLine is one line for people, without control characters', () => {
  const line = JSON.stringify({
    level: 40,
    time: Date.UTC(2026, 0, 2, 3, 4, 5),
    pid: 1,
    hostname: 'h',
    name: 'lanward',
    daemon: 'ntp',
    life: 2,
    reason: 'a\u001b[31m',
    msg: 'backoff',
  })
  expect(readableLine(line)).toBe('03:04:05 warn ntp: backoff life=2 reason=a?[31m')
})

describe('users', () => {
  test('findUser reads the password file; an unknown one gets the command that makes it', () => {
    const passwd = 'root:x:0:0:root:/root:/bin/sh\nlanward:x:991:992::/var/lib/lanward:/usr/sbin/nologin\n'
    expect(findUser('lanward', passwd)).toEqual({ name: 'lanward', uid: 991, gid: 992, home: '/var/lib/lanward' })
    expect(findUser('no-such-user-here', passwd)).toBeNull()
    expect(missingUserText('lanward')).toContain('useradd --system')
  })

  test('chooseUsers says once that another user than ours cannot be had without root', () => {
    const choice = chooseUsers(1000, 'me', ['lanward', 'lanward', 'me'])
    expect(choice.limits).toEqual(['not started as root: services run as me, not as lanward'])
    expect(choice.userOf('lanward')).toBeNull()
    expect(() => chooseUsers(0, 'root', []).userOf('no-such-user-here')).toThrow('useradd')
    expect(chooseUsers(0, 'root', []).userOf('root')).toBeNull()
  })
})

describe('Ledger', () => {
  const EXIT = {
    at: '2026-01-01T00:00:00.000Z',
    code: 1,
    signal: null,
    reason: 'exit',
    gap_ms: null,
    queued: null,
    dropped: null,
  } as const

  test('outlives its supervisor, completes an entry later, and keeps 200 per service', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lanward-ledger-'))
    try {
      const first = new Ledger(join(folder, 'ledger.sqlite'))
      for (let life = 1; life <= 205; life++) first.add('ntp', life, EXIT, [])
      first.add('dhcp', 1, EXIT, [])
      const id = first.add('ntp', 206, EXIT, ['early'])
      first.complete(id, { gapMs: 83.1, queued: 12, dropped: 0 })
      first.setLines(id, ['early', 'late'])
      first.close()
      const second = new Ledger(join(folder, 'ledger.sqlite'))
      expect(second.exits('ntp', 1_000)).toHaveLength(200)
      expect(second.exits('ntp', 1)[0]).toEqual({
        ...EXIT,
        gap_ms: 83.1,
        queued: 12,
        dropped: 0,
        life: 206,
        last_lines: ['early', 'late'],
      })
      expect(second.exits('dhcp', 9)).toHaveLength(1)
      expect(second.limit).toBeNull()
      second.close()
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('that is no database is a limit, not a crash, and what cannot be written is told from memory', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lanward-ledger-'))
    try {
      const path = join(folder, 'ledger.sqlite')
      writeFileSync(path, 'this is not a database, but long enough to look at'.repeat(50))
      const ledger = new Ledger(path)
      const id = ledger.add('ntp', 1, EXIT, [])
      ledger.complete(id, { gapMs: 5, queued: 0, dropped: 0 })
      expect(ledger.exits('ntp', 9)).toEqual([{ ...EXIT, gap_ms: 5, queued: 0, dropped: 0, life: 1, last_lines: [] }])
      expect(ledger.limit).toMatch(/^cannot write the restart ledger: .*; its newest 1 exits wait in memory$/)
      for (let life = 2; life <= 203; life++) ledger.add('ntp', life, EXIT, [])
      expect(ledger.limit).toMatch(/; its newest 200 exits wait in memory, 3 are lost$/)
      const running = { service: 'ntp', life: 204, pid: 7, bootId: 'boot', notedMs: 1_000 }
      ledger.saveRunning([{ ...running, life: 203 }])
      ledger.saveRunning([running])
      // Repaired, it gets what waited.
      rmSync(path)
      ledger.add('ntp', 204, EXIT, [])
      expect(ledger.limit).toBeNull()
      expect(ledger.running()).toEqual([running])
      expect(ledger.exits('ntp', 999).map(({ life }) => life)).toEqual(Array.from({ length: 200 }, (_, at) => 204 - at))
      ledger.close()
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
