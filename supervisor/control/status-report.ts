import { hashOfFile } from '../../config/file-hash.ts'
import { formatListenUrl } from '../../daemons/wire/listen-url.ts'
import { isRecord } from '../child/child-channel.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { TimeDrill } from '../host/time-drills.ts'
import { judge, type Verdict, worstOf } from '../service/health.ts'
import type { SupervisedService } from '../service/service.ts'
import type { ServiceState } from '../service/service-state.ts'
import type { HeldSockets } from '../sockets/held-sockets.ts'
import { reportSocket } from '../sockets/socket-report.ts'
import type { Spare } from '../spare/spare.ts'
import type { ServiceReport, SpareReport, StatusReport } from './control-protocol.ts'
import { UsageMeter } from './usage.ts'

/** How long a daemon may take to tell its counters before the last known ones are shown. */
const ANSWER_MS = 500

interface Told {
  readonly life: number
  readonly status: string
  readonly faults: readonly string[]
  readonly counters: Readonly<Record<string, number>>
  readonly account: Readonly<Record<string, unknown>> | null
  readonly details: NonNullable<ServiceReport['details']>
}

/** What the report needs to know beside the services. */
export interface ReportFacts {
  readonly version: string
  readonly execs: number
  readonly configFile: string
  /** SHA-256 of the file that runs. */
  readonly configHash: () => string
  readonly startedMs: number
  readonly nowMs: () => number
  /** What is wrong with the supervisor itself now, in words. */
  readonly troubles: () => readonly string[]
  readonly limits: () => readonly string[]
  readonly sockets: HeldSockets
  readonly killScope: StatusReport['supervisor']['kill_scope']
  readonly spare: Pick<Spare, 'state' | 'pid'>
  readonly timeDrills: () => readonly TimeDrill[]
}

/** Makes the health report, asking each daemon for its counters at that moment. */
export class StatusReporter {
  readonly #fleet: Fleet
  readonly #told = new WeakMap<SupervisedService, Told>()
  readonly #usage: UsageMeter
  #facts: ReportFacts

  constructor(fleet: Fleet, facts: ReportFacts) {
    this.#fleet = fleet
    this.#facts = facts
    this.#usage = new UsageMeter(facts.nowMs)
  }

  async report(only?: SupervisedService): Promise<StatusReport> {
    const services = await Promise.all(this.#fleet.services.map((service) => this.service(service)))
    const { version, execs, configFile, configHash, startedMs, nowMs, limits } = this.#facts
    const troubles = this.#facts.troubles()
    return {
      supervisor: {
        pid: process.pid,
        version,
        execs,
        uptime_s: seconds(nowMs() - startedMs),
        config: configFile,
        config_changed: hashOfFile(configFile) !== configHash(),
        health: worstOf([
          ...services.map(({ health }) => health),
          ...(troubles.length === 0 ? [] : ['degraded' as const]),
        ]),
        limits: [...troubles, ...limits()],
        spare: this.#spare(),
        kill_scope: this.#facts.killScope,
        time_drills: this.timeDrills(),
      },
      services: only === undefined ? services : services.filter(({ name }) => name === only.spec.name),
    }
  }

  timeDrills(): readonly TimeDrill[] {
    return this.#facts.timeDrills()
  }

  #spare(): SpareReport {
    const { state, pid } = this.#facts.spare
    return {
      state: state.kind === 'off' || state.kind === 'ready' ? state.kind : 'preparing',
      pid,
      memory_bytes: pid === null ? null : this.#usage.read(pid).memoryBytes,
    }
  }

  async service(service: SupervisedService): Promise<ServiceReport> {
    const told = await this.#ask(service)
    const { state, spec, pid, beganMs } = service
    const nowMs = this.#facts.nowMs()
    const { health, reason } = this.#judge(service, told)
    const usage = pid === null ? null : this.#usage.read(pid)
    const grouped = service.group?.usage()
    return {
      name: spec.name,
      state: state.kind,
      health,
      reason,
      pid,
      uptime_s: beganMs === null ? null : seconds(nowMs - beganMs),
      restarts: state.restarts,
      status: this.#statusLine(service, told?.status ?? service.statusText, reason),
      listen: this.#listen(service),
      probe: probeReport(state, nowMs),
      last_exit: service.lastExit,
      schedule: this.#fleet.scheduler.report(service),
      next_retry_s: retrySeconds(state, nowMs),
      memory_bytes: grouped?.memoryBytes ?? usage?.memoryBytes ?? null,
      cpu_s: grouped?.cpuSeconds ?? usage?.cpuSeconds ?? null,
      processes: grouped?.processes ?? null,
      counters: told?.counters ?? {},
      account: told?.account ?? null,
      ...(told === null || Object.keys(told.details).length === 0 ? {} : { details: told.details }),
      sockets: this.#facts.sockets.of(spec.name).flatMap(reportSocket),
    }
  }

  /** How well a service serves now, by its own word too; never rejects. */
  async verdict(service: SupervisedService): Promise<Verdict> {
    return this.#judge(service, await this.#ask(service))
  }

  #judge({ spec, state }: SupervisedService, told: Told | null): Verdict {
    if (this.#fleet.isQueued(spec.name))
      return { health: 'unknown', reason: `waits for its turn, after ${spec.after.join(', ')}` }
    return judge(state, [...this.#facts.sockets.absences(spec.name), ...(told?.faults ?? [])])
  }

  #statusLine(service: SupervisedService, told: string, reason: string | null): string {
    const { state } = service
    if (state.kind === 'ready') return told === '' ? 'running' : told
    if (state.kind === 'stopped' && state.cause === 'waiting') return this.#fleet.scheduler.lineOf(service)
    return reason ?? state.kind
  }

  /** What the daemon tells now, or else told last in this life. */
  async #ask(service: SupervisedService): Promise<Told | null> {
    const { life, kind } = service.state
    if (service.spec.own && kind === 'ready') {
      try {
        const answer = await service.ask('counters', null, ANSWER_MS)
        if (isRecord(answer))
          this.#told.set(service, {
            life,
            status: typeof answer['status'] === 'string' ? answer['status'] : '',
            faults: textsOf(answer['faults']),
            counters: numbersOf(answer['counters']),
            account: isRecord(answer['account']) ? answer['account'] : null,
            details: detailsOf(answer['details']),
          })
      } catch {
        // Busy or going: the last known numbers stand, the probe and the heartbeat judge it.
      }
    }
    const told = this.#told.get(service)
    return told !== undefined && told.life === service.state.life ? told : null
  }

  #listen({ spec }: SupervisedService): readonly string[] {
    const held = new Map(this.#facts.sockets.of(spec.name).map(({ spec: { text }, opened }) => [text, opened.url]))
    return spec.sockets
      .filter(({ probeOnly, beside }) => !probeOnly && beside === undefined)
      .map(({ text, url }) => formatListenUrl(held.get(text) ?? url))
  }
}

function probeReport(state: ServiceState, nowMs: number): ServiceReport['probe'] {
  if (state.kind !== 'ready' || state.probing?.last === null || state.probing?.last === undefined) return null
  const { outcome, atMs } = state.probing.last
  return {
    ok: outcome.kind === 'ok',
    latency_ms: outcome.kind === 'silent' ? null : Math.round(outcome.latencyMs * 1000) / 1000,
    age_s: seconds(nowMs - atMs),
    error: outcome.kind === 'ok' ? null : outcome.error,
  }
}

/** When a service that rests by necessity starts again, in seconds from now. */
export function retrySeconds(state: ServiceState, nowMs: number): number | null {
  if ((state.kind !== 'backoff' && state.kind !== 'parked') || state.untilMs === null) return null
  return seconds(Math.max(0, state.untilMs - nowMs))
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((text): text is string => typeof text === 'string') : []
}

function numbersOf(value: unknown): Readonly<Record<string, number>> {
  if (!isRecord(value)) return {}
  const numbers = Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === 'number')
  return Object.fromEntries(numbers)
}

function detailsOf(value: unknown): Told['details'] {
  if (!isRecord(value)) return {}
  const isEntry = (entry: unknown): entry is { text: string } => isRecord(entry) && typeof entry['text'] === 'string'
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, list]) =>
      Array.isArray(list) && list.length > 0 ? [[name, list.filter(isEntry)]] : [],
    ),
  )
}

function seconds(ms: number): number {
  return Math.round(ms / 10) / 100
}
