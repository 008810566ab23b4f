import type { ServiceSpec } from '../spec/spec.ts'
import type { Gaps } from './gap-record.ts'
import type { ProcessRecord } from './service-process.ts'
import type { ServiceEvent, ServiceState } from './service-state.ts'

/** One service as it stands: plain data with which another program of the same process goes on. */
export interface ServiceRecord {
  readonly spec: ServiceSpec
  readonly state: ServiceState
  readonly began: { readonly atMs: number; readonly memoryKills: number }
  readonly statusText: string
  /** Its newest lines, oldest first. */
  readonly lines: readonly string[]
  readonly gaps: Gaps
  /** null when there is none. */
  readonly process: ProcessRecord | null
}

/**
 * The state in which a service goes on: what was under way in the earlier program (a probe, an examination, a count of
 * what had waited) is done again, since nobody will hear how it went. So does suspicion begin anew, without what was noted
 * then to compare with.
 */
export function resumedState(state: ServiceState, nowMs: number): ServiceState {
  if (state.kind !== 'ready') return state
  const { heartbeat, probing } = state
  const suspicious = heartbeat !== null && (heartbeat.missed || heartbeat.dueMs === null)
  return {
    ...state,
    heartbeat: suspicious ? { ...heartbeat, dueMs: nowMs, missed: false } : heartbeat,
    probing: probing === null ? null : { ...probing, dueMs: probing.dueMs ?? nowMs, silent: 0 },
    measureMs: nowMs,
  }
}

/** What happened to a service whose process was lost between two programs; null when its state needs none. */
export function lossOf({ state, process }: ServiceRecord, nowMs: number): ServiceEvent | null {
  if (process !== null) return null
  switch (state.kind) {
    case 'starting':
      return { kind: 'spawnFailed', life: state.life, error: 'lost while lanward was replaced', nowMs, chance: 0 }
    case 'ready':
    case 'stopping':
      return {
        kind: 'exited',
        life: state.life,
        code: null,
        signal: null,
        outOfMemory: false,
        said: null,
        spare: false,
        nowMs,
        chance: 0,
      }
    case 'stopped':
    case 'backoff':
    case 'parked':
      return null
  }
}
