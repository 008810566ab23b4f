import type { KernelClock } from '../linux/kernel-clock.ts'
import { formatAddress } from '../wire/address.ts'
import type { SourceReport } from './client/upstream.ts'
import type { ClientClock, ClientRecord, Refusal } from './client-record.ts'
import type { DisciplineReport } from './discipline/discipline.ts'
import { LEAP_UNKNOWN } from './header.ts'
import type { LeapReport } from './leap/leap-keeper.ts'
import { isReferenceOurs, type OwnAddresses } from './reference-id.ts'
import type { ServedClock } from './served-clock.ts'
import { unixSecondsNear } from './timestamp.ts'

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
    /** Who keeps the clock of this machine; null when the kernel does not tell. */
    readonly kept_by: 'lanward' | 'another program' | 'nobody' | null
    /** How we keep it; null without `discipline = true`. */
    readonly discipline: DisciplineReport | null
  }
  readonly sources: readonly SourceReport[]
  /** The newest thousand, newest first. */
  readonly clients: readonly TimeClient[]
}

export interface TimeClient {
  readonly address: string
  readonly requests: number
  /** Requests per second over the last fifteen seconds, and in the last minute; above 15 within 6 %. */
  readonly rate_per_s: number
  readonly per_minute: number
  /** Seconds since its last request. */
  readonly last_s: number
  readonly rate_limited: number
  readonly denied: number
  readonly version: number
  /** How its last request was authenticated; `none` = not at all. */
  readonly authentication: 'none' | 'key' | 'nts'
  /** Whether its last answer told when the one before it left. */
  readonly interleaved: boolean
  /** What it says of the clock that it follows, null when it does not: its stratum, 0 = it has no time. */
  readonly stratum: number | null
  /** The address of an IPv4 server, letters, or digits. */
  readonly reference_id: string | null
  /** When its clock was set last, RFC 3339. */
  readonly reference_time: string | null
  /** Whether it has its time from us: a loop, if we had ours from it. */
  readonly follows_us: boolean | null
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
  /** What the kernel says of its clock; null when it does not tell. */
  readonly kernel: KernelClock | null
  readonly discipline: DisciplineReport | null
  readonly clients: { newest(limit: number, nowMs: number): readonly ClientRecord[] }
  readonly own: OwnAddresses
}

const CLIENTS_SHOWN = 1000

/**
 * Reports what we serve, whom we follow, and who asks us.
 *
 * @unit unixSeconds: wall time now, whole seconds; nowMs: monotonic milliseconds now
 */
export function reportTime(
  { clock, sources, leap, kernel, discipline, clients, own }: ReportParts,
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
      kept_by: keeperOf(kernel, discipline),
      discipline,
    },
    sources,
    clients: clients.newest(CLIENTS_SHOWN, nowMs).map((client) => ({
      address: formatAddress(client.address),
      requests: client.requests,
      rate_per_s: Math.round(client.recent.perSecond * 100) / 100,
      per_minute: Math.round(client.recent.perMinute),
      last_s: Math.max(0, Math.round(nowMs - client.seenMs) / 1000),
      rate_limited: client.limited,
      denied: client.denied,
      version: client.version,
      authentication: client.protection ?? 'none',
      interleaved: client.interleaved,
      ...reportReference(client, own, unixSeconds),
      clock: client.clock,
      error_s: client.errorSeconds,
      refused: client.refused,
    })),
  }
}

type ReferenceReport = Pick<TimeClient, 'stratum' | 'reference_id' | 'reference_time' | 'follows_us'>

const UNTOLD: ReferenceReport = { stratum: null, reference_id: null, reference_time: null, follows_us: null }

/** @rfc 5905 section 7.3: what a reference id means depends on the stratum */
function reportReference(
  { address, reference }: ClientRecord,
  own: OwnAddresses,
  unixSeconds: number,
): ReferenceReport {
  if (reference === null) return UNTOLD
  const { stratum, id, seconds } = reference
  return {
    stratum,
    reference_id: stratum < 2 ? letters(id) : formatAddress(octets(id)),
    reference_time: seconds === 0 ? null : new Date(unixSecondsNear(seconds, unixSeconds) * 1000).toISOString(),
    follows_us: reference.isOurs || isReferenceOurs(own, reference, formatAddress(address)),
  }
}

function octets(id: number): Uint8Array {
  return Uint8Array.of(id >>> 24, id >>> 16, id >>> 8, id)
}

/** The name of a reference clock or a kiss; digits when it is none. */
function letters(id: number): string {
  const text = Buffer.from(octets(id)).toString('latin1').replace(/\0+$/, '')
  return /^[\x21-\x7e]+$/.test(text) ? text : id.toString(16).padStart(8, '0')
}

function keeperOf(kernel: KernelClock | null, discipline: DisciplineReport | null): TimeReport['clock']['kept_by'] {
  if (discipline?.state === 'steady' || discipline?.state === 'slewing') return 'lanward'
  if (kernel === null) return null
  if (!kernel.synchronised) return 'nobody'
  // Beside another program we would not have begun: it is the word of an earlier life, which was killed.
  return discipline?.state === 'waiting' ? 'lanward' : 'another program'
}

/** The clock's name at stratum 1 and for the local clock; above that the address of an IPv4 source, or digits. */
function referenceText(clock: ServedClock): string {
  if (clock.leapIndicator === LEAP_UNKNOWN) return ''
  if (clock.origin === 'kernel') return 'KERN'
  if (clock.origin === 'local') return 'LOCL'
  const address = clock.followed?.address ?? ''
  return address.includes(':') ? clock.referenceId.toString(16).padStart(8, '0') : address
}
