import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decodeHandover, descriptorsOf, encodeHandover, type Handover } from '../../supervisor/handover/handover.ts'
import { rehearse } from '../../supervisor/handover/rehearsal.ts'
import { findSuccessor } from '../../supervisor/handover/successor.ts'
import { resumedFleet } from '../../supervisor/handover/take-handover.ts'
import { lossOf, resumedState, type ServiceRecord } from '../../supervisor/service/service-record.ts'
import type { ServiceState } from '../../supervisor/service/service-state.ts'
import { play, RULES, SCRIPTS } from './lives.ts'
import { childSpec, openFleet, shellSpec, socketSpec } from './open-fleet.ts'

const PLACE = {
  version: '0.1.0',
  execs: 1,
  startedMs: 12.5,
  token: '00112233445566778899aabbccddeeff',
  fileHash: 'abc',
  runDir: '/run/lanward',
  stateDir: '/var/lib/lanward',
  lockFd: 20,
  controlFd: 21,
}

/** Every kind of state, and those that carry the most. */
const STATES: readonly ServiceState[] = [
  ...Object.values(SCRIPTS).map((script) => play(script).state),
  play([...SCRIPTS.ready, { kind: 'probed', nowMs: 150 }]).state,
  play([...SCRIPTS.ready, { kind: 'probed', outcome: { kind: 'silent', error: 'no answer' }, nowMs: 150 }]).state,
  play([...SCRIPTS.ready, { kind: 'time', nowMs: 10_100 }, { kind: 'time', nowMs: 12_100 }]).state,
  play([
    ...SCRIPTS.ready,
    { kind: 'time', nowMs: 10_100 },
    { kind: 'time', nowMs: 12_100 },
    { kind: 'examined', nowMs: 12_101 },
  ]).state,
  play([{ kind: 'enlist', failure: 'exit code 1', nowMs: 0 }], { ...RULES, scheduled: true }).state,
  play([...SCRIPTS.backoff, { kind: 'time', nowMs: 1_000 }, { kind: 'exited', code: 78, nowMs: 1_100 }]).state,
]

function recordOf(state: ServiceState, changes: Partial<ServiceRecord> = {}): ServiceRecord {
  return {
    spec: shellSpec('svc', 'exec sleep 1000', { sockets: [socketSpec('udp://127.0.0.1:5514')] }),
    state,
    began: { atMs: 3.25, memoryKills: 2 },
    statusText: 'running',
    lines: ['one', 'zwei ü'],
    gaps: {
      open: [],
      closed: [
        {
          id: 7,
          atMs: 1.5,
          drops: { 'udp://127.0.0.1:5514': 3 },
          exit: {
            at: '2026-01-01T00:00:00.000Z',
            code: null,
            signal: 'SIGKILL',
            reason: 'signal',
            gap_ms: 83.1,
            queued: 12,
            dropped: 0,
          },
        },
      ],
    },
    process: {
      child: {
        pid: 4711,
        outputs: [{ fd: 30, fragment: { bytes: 'aGFsZg==', skipping: false } }],
        channel: {
          port: { fd: 31, fragment: { bytes: '', skipping: false }, unsent: 'e30K' },
          nextId: 9,
          asked: [{ id: 3, method: 'status', params: null }],
        },
        notify: 32,
        group: '/sys/fs/cgroup/box/lanward-1/svc.1',
      },
      notify: { fd: 33, path: '/run/lanward/svc.1.notify' },
    },
    ...changes,
  }
}

function handoverOf(...services: readonly ServiceRecord[]): Omit<Handover, 'format'> {
  const spec = socketSpec('udp://127.0.0.1:5514')
  return {
    ...PLACE,
    sockets: [
      {
        service: 'svc',
        kept: [{ spec, opened: { fd: 40, url: spec.url, receiveBufferBytes: 4096 } }],
        absent: ['packet://eth9', 'icmp6://eth9'].map((text) => ({
          spec: socketSpec(text),
          why: 'there is no interface eth9 (now)',
        })),
      },
      { service: 'log', kept: [], absent: [{ spec: socketSpec('unix:///run/log.sock'), why: 'full' }] },
    ],
    fleet: {
      services,
      queued: ['later'],
      schedules: [
        {
          service: 'nightly',
          agenda: { dueMs: 1_700_000_000_000, doneMs: null },
          leftOut: [
            { life: 2, kind: 'skipped', count: 1, more: false, sinceMs: 5, why: 'the run before had not ended' },
          ],
        },
      ],
    },
    lines: { lines: [{ service: 'svc', wall_ms: 5, line: '{"msg":"x"}' }], lost: [['svc', 2]] },
  }
}

describe('a hand-over', () => {
  test.each(STATES.map((state) => [state.kind, state] as const))(
    'of a service that is %s is read as written',
    (_, state) => {
      const handover = handoverOf(recordOf(state))
      expect(decodeHandover(encodeHandover(handover))).toEqual({ format: 1, ...handover })
    },
  )

  test('of a real fleet is read as written', async () => {
    await using open = openFleet()
    open.fleet.startAll([
      childSpec('notifies', 'says-ready.ts', { sockets: [socketSpec('udp://127.0.0.1:0')] }),
      shellSpec('runs', 'exec sleep 1000'),
      shellSpec('waits', 'exec sleep 1000', { after: ['never'] }),
      childSpec('never', 'never-ready.ts'),
    ])
    await open.until(() => open.stateOf('notifies').kind === 'ready' && open.stateOf('runs').kind === 'ready')
    const { sockets, lines } = open.surroundings
    const handover = { ...PLACE, sockets: sockets.record(), fleet: open.fleet.record(), lines: lines.record() }
    expect(handover.fleet.queued).toEqual(['waits'])
    expect(decodeHandover(encodeHandover(handover))).toEqual({ format: 1, ...handover })
  })

  test('names each descriptor that has to stay open', () => {
    const handover = handoverOf(
      recordOf(play(SCRIPTS.ready).state),
      recordOf(play(SCRIPTS.stopped).state, { process: null }),
    )
    expect([...descriptorsOf(handover)].sort()).toEqual([20, 21, 30, 31, 32, 33, 40])
  })

  test.each([
    ['is no JSON', 'nonsense', 'it is no JSON'],
    ['is of a later form', encodeHandover(handoverOf()).replace('"format":1', '"format":2'), /^format: .*2/],
    ['lacks a part', encodeHandover(handoverOf()).replace('"token"', '"tokens"'), /^token: /],
    ['knows a state that we do not', withState('sleeping'), /^fleet\.services\.0\.state\.kind: .*sleeping/],
    ['is no object', '[]', /^the whole: |^format: /],
  ])('that %s is refused with the place', (_, text, why) => {
    expect(decodeHandover(text)).toEqual(expect.stringMatching(why))
  })
})

function withState(kind: string): string {
  return encodeHandover(handoverOf(recordOf(play(SCRIPTS.backoff).state))).replace(
    '"kind":"backoff"',
    `"kind":"${kind}"`,
  )
}

describe('a service that goes on', () => {
  const resumedAt = (script: Parameters<typeof play>[0], nowMs: number): ServiceState =>
    resumedState(play(script).state, nowMs)

  test('keeps every deadline that does not hang on an answer', () => {
    for (const state of STATES) {
      const { kind, life, wanted, restarts, history } = state
      expect(resumedState(state, 50_000)).toMatchObject({ kind, life, wanted, restarts, history })
      if (kind !== 'ready') expect(resumedState(state, 50_000)).toBe(state)
    }
    const probed = [...SCRIPTS.ready, { kind: 'probed', nowMs: 150 }] as const
    expect(resumedAt(probed, 160)).toMatchObject({
      heartbeat: { dueMs: 10_100, missed: false },
      probing: { dueMs: 5_150, last: { atMs: 150 } },
    })
  })

  test('is asked again what was under way, and suspected anew', () => {
    expect(resumedAt(SCRIPTS.ready, 120)).toMatchObject({ probing: { dueMs: 120 }, measureMs: 120 })
    const silent = { kind: 'probed', outcome: { kind: 'silent', error: 'no answer' } } as const
    const missed = [...SCRIPTS.ready, { ...silent, nowMs: 150 }, { kind: 'time', nowMs: 10_100 }] as const
    expect(play(missed).state).toMatchObject({ heartbeat: { missed: true }, probing: { silent: 1 } })
    expect(resumedAt(missed, 10_200)).toMatchObject({
      heartbeat: { dueMs: 10_200, missed: false },
      probing: { silent: 0 },
    })
  })

  test.each([
    ['starting', 'spawnFailed'],
    ['ready', 'exited'],
    ['stopping', 'exited'],
    ['stopped', null],
    ['backoff', null],
    ['parked', null],
  ] as const)('%s without its process hears: %s', (kind, event) => {
    const { state } = play(SCRIPTS[kind])
    expect(lossOf(recordOf(state), 1)).toBeNull()
    expect(lossOf(recordOf(state, { process: null }), 1)?.kind ?? null).toBe(event)
  })
})

describe('the specs of a fleet that goes on', () => {
  const own = { ...shellSpec('own', 'x'), own: true, command: ['/old/node', '/old/main.cjs'] }
  const records = [own, shellSpec('gone', 'x'), shellSpec('other', 'old')].map((spec) =>
    recordOf(play(SCRIPTS.ready).state, { spec }),
  )
  const specs = [
    { ...own, command: ['/new/node', '/new/main.cjs'], after: ['other'] },
    shellSpec('other', 'new'),
    shellSpec('added', 'x'),
  ]
  const handover = { ...handoverOf(...records), format: 1 }
  const specsUnder = (fileHash: string): unknown =>
    resumedFleet(handover, { fileHash, specs }).services.map(({ spec }) => spec)

  test('are those of the new program where the configuration is the same', () => {
    expect(specsUnder('abc')).toEqual([specs[0], shellSpec('gone', 'x'), specs[1]])
  })

  test('are the old ones where it is not, but for the place of our own daemons', () => {
    expect(specsUnder('other')).toEqual([
      { ...own, command: ['/new/node', '/new/main.cjs'] },
      shellSpec('gone', 'x'),
      shellSpec('other', 'old'),
    ])
  })

  test('take fields of which the old program knew nothing from the new one', () => {
    const { after: _, ...older } = own
    const left = {
      ...handover,
      fleet: { services: [recordOf(play(SCRIPTS.ready).state, { spec: older as never })], queued: [], schedules: [] },
    }
    expect(resumedFleet(left, { fileHash: 'other', specs }).services[0]?.spec.after).toEqual(['other'])
  })
})

describe('the program on disk', () => {
  test('is our own script under its own name, with the Node that is installed beside it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lanward-successor-'))
    const script = join(folder, 'bin/lanward')
    const words = ['--flag', script, 'up', '--config', 'c']
    const start = { execPath: '/usr/bin/node', execArgv: ['--flag'], argv: ['/usr/bin/node', ...words.slice(1)] }
    expect(findSuccessor(start)).toEqual({ file: '/usr/bin/node', words })
    for (const made of ['bin', 'supervisor', 'node_modules/node/bin'])
      mkdirSync(join(folder, made), { recursive: true })
    for (const file of ['supervisor/lanward.js', 'node_modules/node/bin/node']) writeFileSync(join(folder, file), '')
    symlinkSync('../supervisor/lanward.js', script)
    expect(findSuccessor(start)).toEqual({ file: join(folder, 'node_modules/node/bin/node'), words })
    rmSync(folder, { recursive: true })
  })

  const run = (program: string, patienceMs?: number): Promise<unknown> =>
    rehearse({ file: process.execPath, words: ['-e', program, '--'] }, 'what is left', new Set(), patienceMs)

  test('is given what would be left to it, and says its version', async () => {
    const pids = new Set<number>()
    const program = `
      const left = require('node:fs').readFileSync(0, 'utf8')
      console.log(JSON.stringify({ version: left + ' ' + process.argv.slice(1) }))`
    const reported = rehearse({ file: process.execPath, words: ['-e', program, '--'] }, 'what is left', pids)
    expect(pids.size).toBe(1)
    expect(await reported).toEqual({ version: 'what is left --rehearse' })
    expect(pids.size).toBe(0)
  })

  test.each([
    ['ends with a mistake', 'console.error("lanward: no koffi"); process.exit(70)', 75, /exit code 70\nno koffi$/],
    ['dies', 'process.kill(process.pid, "SIGKILL")', 75, /it was ended by SIGKILL$/],
    ['says nothing', '', 75, /it did not say its version$/],
    ['finds its configuration wrong', 'console.error("a.toml:3: x: y"); process.exit(78)', 78, /^a\.toml:3: x: y$/],
  ])('that %s is refused', async (_, program, exitCode, message) => {
    await expect(run(program)).rejects.toMatchObject({ exitCode, message: expect.stringMatching(message) })
  })

  test('that hangs is given up', async () => {
    await expect(run('setInterval(() => {}, 1000)', 50)).rejects.toMatchObject({ exitCode: 75 })
  })

  test('that is not there is refused', async () => {
    await expect(rehearse({ file: '/nonexistent/node', words: [] }, '', new Set())).rejects.toMatchObject({
      exitCode: 75,
      message: expect.stringContaining('ENOENT'),
    })
  })
})
