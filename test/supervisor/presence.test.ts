import { existsSync, mkdtempSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { Ledger } from '../../supervisor/record/ledger.ts'
import { recordLostLives } from '../../supervisor/record/lost-lives.ts'
import { Presence } from '../../supervisor/record/presence.ts'
import { GapRecord, NO_GAPS } from '../../supervisor/service/gap-record.ts'
import { NEW_SERVICE } from '../../supervisor/service/service-state.ts'
import { HeldSockets } from '../../supervisor/sockets/held-sockets.ts'
import { childSpec } from './open-fleet.ts'

const SOON = Date.parse('2026-01-31T10:00:00Z')
const EXIT = { code: 1, signal: null, gap_ms: null, queued: null, dropped: null }

/** A supervisor that notes its presence in a folder of its own; `next` is the one that comes after it. */
function openRun(): AsyncDisposable & Run {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-presence-'))
  const ledger = new Ledger(join(folder, 'ledger.sqlite'))
  const presences: Presence[] = []
  const supervisor = (pid: number, bootId: string, wallMs: number): Presence => {
    const presence = new Presence(ledger, folder, { pid, bootId, clock: { wallMs: () => wallMs } })
    presences.push(presence)
    return presence
  }
  return {
    ...{ folder, ledger, supervisor },
    [Symbol.asyncDispose]: async () => {
      for (const presence of presences) presence.close()
      ledger.close()
      rmSync(folder, { recursive: true })
    },
  }
}

interface Run {
  readonly folder: string
  readonly ledger: Ledger
  supervisor(pid: number, bootId: string, wallMs: number): Presence
}

/** A service with a process, or without one. */
function service(name: string, life: number, pid: number | null): Parameters<Presence['changed']>[0] {
  return { spec: childSpec(name, 'exits-at-once.ts'), state: { ...NEW_SERVICE, life }, pid }
}

describe('who comes after a supervisor', () => {
  test('that died is told what ran, and until when it lived: by the touched file, else by the ledger', async () => {
    await using run = openRun()
    const first = run.supervisor(100, 'boot', SOON)
    first.begin()
    first.changed(service('ntp', 3, 200))
    first.changed(service('http', 5, 201))
    first.changed(service('http', 5, null))
    const next = run.supervisor(300, 'boot', SOON + 60_000)
    expect(next.left()).toMatchObject({ pid: 100, bootId: 'boot', aliveMs: SOON, lives: [{ service: 'ntp', life: 3 }] })
    utimesSync(join(run.folder, 'lanward.alive'), (SOON + 40_000) / 1000, (SOON + 40_000) / 1000)
    expect(next.left()?.aliveMs).toBe(SOON + 40_000)
    rmSync(join(run.folder, 'lanward.alive'))
    expect(next.left()?.aliveMs).toBe(SOON)
  })

  test('that ended in order is told nothing, and finds no file of it', async () => {
    await using run = openRun()
    const first = run.supervisor(100, 'boot', SOON)
    first.begin()
    first.changed(service('ntp', 3, 200))
    first.close()
    expect(run.supervisor(300, 'boot', SOON).left()).toBeNull()
    expect(existsSync(join(run.folder, 'lanward.alive'))).toBe(false)
  })
})

describe('recordLostLives', () => {
  const clock = { wallMs: () => SOON + 3_000, monotonicMs: () => 50_000 }
  const left = { pid: 100, bootId: 'boot', aliveMs: SOON, lives: [{ service: 'ntp', life: 3 }] }

  test.each([
    ['boot', 'supervisor', 'lanward itself (pid 100) was killed or crashed'],
    ['another', 'machine', 'the machine went down with lanward (pid 100)'],
    ['', 'supervisor', 'lanward itself (pid 100) was killed or crashed'],
  ])(
    'in the start %j of the machine writes the reason %s, and the gap ends when the service is ready',
    async (bootId, reason, words) => {
      await using run = openRun()
      const { ledger } = run
      const gapsOf = recordLostLives(left, { ledger, clock, bootId, log: pino({ level: 'silent' }) })
      const exit = { at: '2026-01-31T10:00:00.000Z', code: null, signal: null, reason }
      const story = `lanward: ${words}: last seen alive at 2026-01-31T10:00:00.000Z, back at 2026-01-31T10:00:03.000Z`
      expect(ledger.exits('ntp', 9)).toEqual([
        { ...exit, life: 3, gap_ms: null, queued: null, dropped: null, last_lines: [story] },
      ])
      expect(ledger.lastLife('ntp')).toBe(3)
      const gaps = new GapRecord('ntp', { ledger, sockets: new HeldSockets(), gapsOf })
      expect(gaps.lastExit).toMatchObject(exit)
      gaps.ready(50_250)
      expect(ledger.exits('ntp', 1)).toMatchObject([{ ...exit, gap_ms: 3_250 }])
    },
  )

  test('gives the gap of a service once: the same name, added again later, was not in it', async () => {
    await using run = openRun()
    const { ledger } = run
    const gapsOf = recordLostLives(left, { ledger, clock, bootId: 'boot', log: pino({ level: 'silent' }) })
    new GapRecord('ntp', { ledger, sockets: new HeldSockets(), gapsOf }).ready(50_250)
    const again = new GapRecord('ntp', { ledger, sockets: new HeldSockets(), gapsOf })
    expect(again.lastExit).toBeNull()
    again.ready(9_000_000)
    expect(ledger.exits('ntp', 1)).toMatchObject([{ gap_ms: 3_250 }])
  })

  test('leaves out what has its entry already', async () => {
    await using run = openRun()
    const { ledger } = run
    ledger.add('ntp', 3, { ...EXIT, at: '2026-01-31T09:59:59.900Z', reason: 'exit' }, [])
    const gapsOf = recordLostLives(left, { ledger, clock, bootId: 'boot', log: pino({ level: 'silent' }) })
    expect(gapsOf('ntp')).toBe(NO_GAPS)
    expect(ledger.exits('ntp', 9)).toHaveLength(1)
  })

  test('tells no gap below nothing after the clock was set back', async () => {
    await using run = openRun()
    const { ledger } = run
    const later = { ...left, aliveMs: SOON + 99_000 }
    const gapsOf = recordLostLives(later, { ledger, clock, bootId: 'boot', log: pino({ level: 'silent' }) })
    expect(gapsOf('ntp').open[0]?.atMs).toBe(50_000)
  })
})
