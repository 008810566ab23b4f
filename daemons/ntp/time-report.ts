import { formatAddress } from '../wire/address.ts'
import type { ClientTable } from './client-table.ts'
import { LEAP_UNKNOWN } from './header.ts'
import type { ServedClock } from './served-clock.ts'

/** The answer to the question `time`, as `lanward time --json` prints it. */
export interface TimeReport {
  readonly clock: {
    readonly synchronised: boolean
    readonly stratum: number
    /** "LOCL" for the local clock, empty for none. */
    readonly reference_id: string
    readonly offset_s: number
    readonly root_delay_s: number
    readonly root_dispersion_s: number
    readonly source: string | null
  }
  readonly sources: readonly never[]
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
}

const CLIENTS_SHOWN = 1000

/**
 * Reports what we serve and to whom.
 *
 * @unit unixSeconds: wall time now, whole seconds; nowMs: monotonic milliseconds now
 */
export function reportTime(clock: ServedClock, clients: ClientTable, unixSeconds: number, nowMs: number): TimeReport {
  clock.advance(unixSeconds)
  return {
    clock: {
      synchronised: false,
      stratum: clock.stratum,
      reference_id: clock.leapIndicator === LEAP_UNKNOWN ? '' : 'LOCL',
      offset_s: 0,
      root_delay_s: clock.rootDelay / 65536,
      root_dispersion_s: clock.rootDispersion / 65536,
      source: null,
    },
    sources: [],
    clients: clients.newest(CLIENTS_SHOWN).map((client) => ({
      address: formatAddress(client.address),
      requests: client.requests,
      last_s: Math.max(0, Math.round(nowMs - client.seenMs) / 1000),
      rate_limited: client.limited,
      denied: client.denied,
      version: client.version,
    })),
  }
}
