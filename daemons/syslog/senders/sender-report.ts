import type { Dialect } from './dialect.ts'
import type { Sender, ZoneSource } from './sender.ts'

/** A row of `lanward senders --json`. */
export interface SenderReport {
  readonly address: string
  readonly first_seen: string
  readonly last_seen: string
  readonly messages: number
  readonly rate_per_s: number
  readonly hosts: readonly string[]
  readonly apps: readonly string[]
  readonly dialect: Dialect | null
  /** All that it was ever heard in. */
  readonly dialects: readonly Dialect[]
  readonly pinned: { readonly dialect: Dialect | null; readonly timezone: string | null } | null
  readonly zone: ZoneSource | null
  readonly clock_skew_s: number | null
  readonly sequence_gaps: number
  readonly sequence_missing: number
  readonly last_gap: string | null
  readonly silent_s: number
  readonly usual_silence_s: number | null
  readonly silent: boolean
}

/** What is known of a sender now. */
export function reportSender(sender: Sender, nowMs: number): SenderReport {
  const silence = sender.silence(nowMs)
  const { gaps, missing, last_gap_ms } = sender.sequences.kept()
  const { pin } = sender
  return {
    address: sender.address,
    first_seen: timeOf(sender.firstMs),
    // It is kept by whole seconds.
    last_seen: timeOf(Math.max(sender.firstMs, sender.lastMs)),
    messages: sender.messages,
    rate_per_s: Math.round(sender.rate(nowMs) * 100) / 100,
    hosts: sender.hosts,
    apps: sender.apps,
    dialect: sender.dialect,
    dialects: sender.dialects,
    pinned: pin === null ? null : { dialect: pin.dialect, timezone: pin.timezone },
    zone: sender.zone,
    clock_skew_s: sender.skewSeconds,
    sequence_gaps: gaps,
    sequence_missing: missing,
    last_gap: last_gap_ms === null ? null : timeOf(last_gap_ms),
    silent_s: Math.round(silence.seconds),
    usual_silence_s: silence.usual,
    silent: silence.unusual,
  }
}

function timeOf(ms: number): string {
  return new Date(Math.min(Math.max(ms, 0), 253_402_300_799_999)).toISOString()
}
