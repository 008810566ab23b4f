import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { systemClock } from '../../daemons/runtime/system-clock.ts'
import { parseListenUrl } from '../../daemons/wire/listen-url.ts'
import { findLaunchTools } from '../../supervisor/child/launch-tools.ts'
import { Fleet } from '../../supervisor/fleet/fleet.ts'
import { Ledger } from '../../supervisor/record/ledger.ts'
import { StoreQueue } from '../../supervisor/record/store-queue.ts'
import { cronCalendar } from '../../supervisor/schedule/cron-calendar.ts'
import { NO_GAPS } from '../../supervisor/service/gap-record.ts'
import type { ServiceState } from '../../supervisor/service/service-state.ts'
import { HeldSockets } from '../../supervisor/sockets/held-sockets.ts'
import { PLAIN_SETUP, type ServiceSpec, type SocketSpec } from '../../supervisor/spec/spec.ts'
import type { Surroundings } from '../../supervisor/surroundings.ts'
import { RULES } from './lives.ts'

/** A fleet of real processes in a temporary folder. */
export interface OpenFleet extends AsyncDisposable {
  readonly fleet: Fleet
  readonly surroundings: Surroundings
  /** Each change of state so far, as `service state`. */
  readonly story: readonly string[]
  /** Resolves when the condition holds, asked again after each change of any service. */
  until(condition: () => boolean): Promise<void>
  stateOf(name: string): ServiceState
}

export function openFleet(overrides: Partial<Surroundings> = {}): OpenFleet {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-fleet-'))
  const story: string[] = []
  const waiting = new Set<() => void>()
  const surroundings: Surroundings = {
    clock: systemClock,
    log: pino({ level: 'silent' }),
    sockets: new HeldSockets(),
    ledger: new Ledger(join(folder, 'ledger.sqlite')),
    lines: new StoreQueue(systemClock),
    runDir: folder,
    stateDir: folder,
    token: '00112233445566778899aabbccddeeff',
    environment: process.env,
    tools: { ...findLaunchTools(), setpriv: null },
    spare: { standsReadyFor: () => false, take: () => null },
    groups: null,
    gapsOf: () => NO_GAPS,
    userOf: () => null,
    probe: async () => ({ kind: 'ok', latencyMs: 1 }),
    calendarOf: cronCalendar,
    stalledMs: () => 0,
    chance: () => 0.5,
    memoryKills: () => 0,
    ...overrides,
  }
  const last = new Map<string, string>()
  const fleet = new Fleet(surroundings, {
    changed: ({ spec, state }) => {
      if (last.get(spec.name) !== state.kind) story.push(`${spec.name} ${state.kind}`)
      last.set(spec.name, state.kind)
      for (const check of [...waiting]) check()
    },
    ended: () => undefined,
    asked: async (_service, method) => ({ method }),
  })
  return {
    fleet,
    surroundings,
    story,
    stateOf: (name) => {
      const service = fleet.find(name)
      if (service === undefined) throw new Error(`no service ${name}`)
      return service.state
    },
    until: (condition) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!condition()) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
      }),
    [Symbol.asyncDispose]: async () => {
      const stopped = fleet.stopAll()
      fleet.killAll()
      await stopped
      surroundings.sockets.close()
      surroundings.ledger.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A program of test/children as a service that must say when it is ready. */
export function childSpec(name: string, program: string, changes: Partial<ServiceSpec> = {}): ServiceSpec {
  return {
    name,
    own: false,
    command: [process.execPath, join(import.meta.dirname, '../children', program)],
    user: null,
    sockets: [],
    after: [],
    section: null,
    setup: PLAIN_SETUP,
    stopSignal: 'SIGTERM',
    schedule: null,
    rules: { ...RULES, watchdogMs: null, probeEveryMs: null },
    probe: null,
    ...changes,
  }
}

/** A shell script as a service that is ready as soon as it runs. */
export function shellSpec(name: string, script: string, changes: Partial<ServiceSpec> = {}): ServiceSpec {
  return childSpec(name, '', {
    command: ['/bin/sh', '-c', script],
    rules: { ...RULES, readiness: 'spawned', watchdogMs: null, probeEveryMs: null },
    ...changes,
  })
}

export function socketSpec(text: string): SocketSpec {
  const url = parseListenUrl(text)
  if (url === null) throw new Error(`no listen URL: ${text}`)
  return { text, url, probeOnly: false }
}

/** Whether a process exists and is not dead. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
