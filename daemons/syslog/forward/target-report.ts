import type { ForwardSection } from '../section.ts'
import type { BacklogCounters } from './backlog.ts'

export type TargetState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected'; readonly sinceMs: number }
  | { readonly kind: 'waiting'; readonly untilMs: number; readonly reason: string }
  | { readonly kind: 'stopped' }

export interface TargetTotals extends Readonly<BacklogCounters> {
  readonly maybe_lost: number
  readonly connects: number
}

/** One target in `status --json`. */
export interface TargetReport extends TargetTotals {
  readonly name: string
  readonly to: string
  readonly state: TargetState['kind']
  /** How long it has been connected, or not. */
  readonly for_s: number | null
  readonly next_try_s: number | null
  /** Why the last connection ended or could not be made. */
  readonly error: string | null
  readonly behind: number
  readonly behind_s: number
  /** For people. */
  readonly text: string
}

/** Puts together what is told about a target. */
export function describeTarget(
  { name, to }: ForwardSection,
  state: TargetState,
  facts: {
    readonly behind: number
    readonly behindMs: number
    readonly awayMs: number | null
    readonly error: string | null
  },
  totals: TargetTotals,
  nowMs: number,
): TargetReport {
  const nextMs = state.kind === 'waiting' ? Math.max(0, state.untilMs - nowMs) : null
  const forMs = state.kind === 'connected' ? nowMs - state.sinceMs : facts.awayMs
  const behind_s = seconds(facts.behindMs)
  const words = [
    state.kind === 'waiting' ? `waiting (${state.reason})` : state.kind,
    facts.behind === 0 ? 'nothing behind' : `${facts.behind} messages and ${behind_s} s behind`,
    `${totals.forwarded} forwarded`,
    ...(totals.spool_overflow > 0 ? [`${totals.spool_overflow} skipped: the spool was full`] : []),
    ...(totals.refused > 0 ? [`${totals.refused} refused and set aside`] : []),
    ...(totals.maybe_lost > 0 ? [`${totals.maybe_lost} maybe lost`] : []),
  ]
  return {
    name,
    to: 'url' in to ? to.url : `${to.scheme}://${to.host.includes(':') ? `[${to.host}]` : to.host}:${to.port}`,
    state: state.kind,
    for_s: forMs === null ? null : seconds(forMs),
    next_try_s: nextMs === null ? null : seconds(nextMs),
    error: facts.error,
    behind: facts.behind,
    behind_s,
    ...totals,
    text: `${name}: ${words.join(', ')}`,
  }
}

function seconds(ms: number): number {
  return Math.round(ms / 10) / 100
}
