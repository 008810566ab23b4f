import { formatAddress } from '../wire/address.ts'
import type { SourceReport } from './client/upstream.ts'
import type { ClientClock, ClientRecord, Refusal } from './client-table.ts'
import { LEAP_UNKNOWN } from './header.ts'
import type { LeapReport } from './leap/leap-keeper.ts'
import type { ServedClock } from './served-clock.ts'

/** The answer to the question `time`, as `lanward time --json` prints it. */
export interface TimeReport {
  readonly clock: {
    readonly synchronised: boolean
    readonly stratum: number
    /** "LOCL" for the local clock, "KERN" for one that the kernel says is kept, empty for none, else the source's address. */
    readonly reference_id: string
    readonly offset_s: number
    readonly root_delay_s: number
    readonly root_dispersion_s: number
    /** Who is followed: the leading source, "kernel" for the program that keeps the machine's clock; null for nobody. */
    readonly source: string | null
    /** How fast the kernel's clock drifts from the followed one. */
    readonly frequency_ppm: number
    readonly leap: LeapReport
  }
  readonly sources: readonly SourceReport[]
  /** The newest thousand, newest first. */
  readonly clients: readonly TimeClient[]
}

export interface TimeClient {
  readonly address: string
  readonly requests: number
  /** Seconds since its last request. */
  readonly last_s: number
  readonly rate_limited: number
  readonly denied: number
  readonly version: number
  /** How its last request was authenticated; `none` = not at all. */
  readonly authentication: 'none' | 'key' | 'nts'
  /** What its transmit timestamps are: `zero`, a random `nonce`, or the time of its `real` clock; `unknown` until two requests tell. */
  readonly clock: ClientClock
  /** How far its clock is ahead of ours, less the way of its last request; null unless `clock` is `real`. */
  readonly error_s: number | null
  /** How its last request ended that got no time. */
  readonly refused: Refusal | null
}

/** What is reported of. */
export interface ReportParts {
  readonly clock: ServedClock
  readonly sources: readonly SourceReport[]
  readonly leap: LeapReport
  readonly clients: { newest(limit: number): readonly ClientRecord[] }
}

const CLIENTS_SHOWN = 1000

/**
 * Reports what we serve, whom we follow, and who asks us.
 *
 * @unit unixSeconds: wall time now, whole seconds; nowMs: monotonic milliseconds now
 */
export function reportTime(
  { clock, sources, leap, clients }: ReportParts,
  unixSeconds: number,
  nowMs: number,
): TimeReport {
  clock.correctTo(nowMs, unixSeconds)
  clock.advance(unixSeconds + clock.correctionSeconds)
  const { followed, origin } = clock
  return {
    clock: {
      synchronised: origin === 'source' || origin === 'kernel',
      stratum: clock.stratum,
      reference_id: referenceText(clock),
      offset_s: clock.correctionSeconds + clock.correctionNanoseconds / 1e9,
      root_delay_s: clock.rootDelay / 65536,
      root_dispersion_s: clock.rootDispersion / 65536,
      source: origin === 'source' ? (followed?.name ?? null) : origin === 'kernel' ? 'kernel' : null,
      frequency_ppm: (followed?.correction.frequency ?? 0) * 1e6,
      leap,
    },
    sources,
    clients: clients.newest(CLIENTS_SHOWN).map((client) => ({
      address: formatAddress(client.address),
      requests: client.requests,
      last_s: Math.max(0, Math.round(nowMs - client.seenMs) / 1000),
      rate_limited: client.limited,
      denied: client.denied,
      version: client.version,
      authentication: client.protection ?? 'none',
      clock: client.clock,
      error_s: client.errorSeconds,
      refused: client.refused,
    })),
  }
}

/** The clock's name at stratum 1 and for the local clock; above that the address of an IPv4 source, or digits. */
function referenceText(clock: ServedClock): string {
  if (clock.leapIndicator === LEAP_UNKNOWN) return ''
  if (clock.origin === 'kernel') return 'KERN'
  if (clock.origin === 'local') return 'LOCL'
  const address = clock.followed?.address ?? ''
  return address.includes(':') ? clock.referenceId.toString(16).padStart(8, '0') : address
}
