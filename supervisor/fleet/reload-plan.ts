import { isDeepStrictEqual } from 'node:util'
import type { ReloadReport } from '../control/control-protocol.ts'
import type { ServiceSpec } from '../spec/spec.ts'

export type Change = ReloadReport['changes'][number]['change']

/** What a new configuration means for one service. */
export interface PlannedChange {
  readonly service: string
  readonly change: Change
  /** The new spec; null when the service is removed. */
  readonly spec: ServiceSpec | null
  /** Whether the daemon must be told of a new section. */
  readonly sectionChanged: boolean
}

/**
 * Compares what runs with what is wanted: a service is restarted only when what it was started with changed (program,
 * user, sockets), told of its new section when that changed, and else left alone.
 */
export function planReload(present: readonly ServiceSpec[], wanted: readonly ServiceSpec[]): readonly PlannedChange[] {
  const old = new Map(present.map((spec) => [spec.name, spec]))
  const names = new Set(wanted.map(({ name }) => name))
  const kept = wanted.map((spec): PlannedChange => {
    const before = old.get(spec.name)
    return before === undefined
      ? { service: spec.name, change: 'added', spec, sectionChanged: true }
      : changeOf(before, spec)
  })
  const removed = present
    .filter(({ name }) => !names.has(name))
    .map(({ name }): PlannedChange => ({ service: name, change: 'removed', spec: null, sectionChanged: false }))
  return [...kept, ...removed]
}

/** A run by the clock goes on to its end: it is the next one that follows the new spec. */
function changeOf(before: ServiceSpec, spec: ServiceSpec): PlannedChange {
  const scheduled = before.schedule !== null && spec.schedule !== null
  const sectionChanged = !isDeepStrictEqual(before.section, spec.section)
  const relaunched = (before.schedule === null) !== (spec.schedule === null)
  const change: Change =
    relaunched || (!scheduled && !isDeepStrictEqual(launchPart(before), launchPart(spec)))
      ? 'restarted'
      : isDeepStrictEqual(before, spec)
        ? 'unchanged'
        : 'reloaded'
  return { service: spec.name, change, spec, sectionChanged }
}

/** What a running process was told at its start and cannot learn anew. */
function launchPart({ own, command, user, keeps = [], sockets, setup, rules }: ServiceSpec): unknown {
  const { readiness, watchdogMs } = rules
  return { own, command, user, keeps, sockets: sockets.map(({ text }) => text), setup, readiness, watchdogMs }
}
