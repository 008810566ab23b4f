import { uptime } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Clock } from '../../runtime/contract.ts'
import type { SourceAuthentication, SourceGuards } from '../auth/source-guards.ts'
import { isReferenceOurs, ownAddresses, referenceIdOf } from '../reference-id.ts'
import type { SourceSettings } from '../section.ts'
import type { FollowedClock, ServedClock } from '../served-clock.ts'
import { identityOf } from '../source-identity.ts'
import { ntpSeconds, shortFormat } from '../timestamp.ts'
import { askSource, type Reply } from './ask-source.ts'
import type { FilteredClock } from './clock-filter.ts'
import { readDrift, writeDrift } from './drift-file.ts'
import { correctionAt } from './drift-tracker.ts'
import type { Measurement } from './exchange.ts'
import { ReferenceFile } from './reference-file.ts'
import { Source } from './source.ts'
import { SourcePoller } from './source-poller.ts'
import { nameOf, type Reference, type SourceState, TimeKeeper } from './time-keeper.ts'

/** One source as `lanward time` shows it. */
export interface SourceReport extends SourceAuthentication {
  readonly address: string
  readonly state: SourceState
  readonly stratum: number | null
  readonly offset_s: number | null
  readonly delay_s: number | null
  readonly jitter_s: number | null
  /** The last eight questions in octal, newest in the lowest bit. */
  readonly reach: string
  readonly poll_s: number
  /** Whether its last answer told when the one before it left. */
  readonly interleaved: boolean
  /** Why its last answer is of no use; null when it is. */
  readonly error: string | null
}

/** The clocks that we follow. */
export interface Upstream {
  report(): readonly SourceReport[]
  /** What keeps us from following anybody, in words. */
  faults(): readonly string[]
  /** Follows these sources from now on. Those that are meant already keep all that they said, and nobody is told less than before. */
  replaceSources(sources: readonly SourceSettings[]): void
  /** The time that the sources tell has moved by this many seconds, for a leap second. */
  timeMoved(by: number): void
  /** Stops asking and keeps what was learned. */
  close(): void
}

export interface UpstreamParts {
  readonly sources: readonly SourceSettings[]
  readonly guards: SourceGuards
  /** Told whom we follow: the served clock, or what keeps the clock of this machine before it. */
  readonly served: Pick<ServedClock, 'follow' | 'awaitSources' | 'isFollowing'>
  /** What the sources are measured against. */
  readonly clock: Clock
  readonly log: Logger
  /** log2 seconds */
  readonly precision: number
  readonly stateDir: string
  /** How far the clock of this machine is ahead of `clock`, and the file for the drift of that; absent = they are the same. */
  readonly steered?: { aheadBy(): number; readonly driftFile: string }
  /** Asks a source once; absent = over the network. */
  readonly ask?: (source: Source) => Promise<Reply | null>
  /** How long this machine slept, in milliseconds; absent = as the kernel counts it. */
  readonly sleptMs?: () => number
}

const SAVE_EVERY_MS = 3_600_000
/** Longer than the first answers take. */
const GRACE_MS = 30_000
/** So long the first agreement is awaited before our own clock is told: a burst takes 7 s. */
const AWAIT_MS = 20_000
/** So long when none of them has told a time: two questions of a burst, each with a second for the answer. */
const UNHEARD_MS = 5_000
/** So long nobody can be followed before it is told as a fault: one bad answer stands for a minute. */
const LONE_MS = 120_000

/** Follows the sources and lets the served clock have what they agree on. */
export function openUpstream(parts: UpstreamParts): Upstream {
  const { guards, served, clock, log, precision, stateDir } = parts
  let beganMs = clock.monotonicMs()
  const driftFile = join(stateDir, parts.steered?.driftFile ?? 'drift.json')
  const sources = parts.sources.map((settings) => new Source(settings, beganMs))
  // What was measured against an untouched clock holds for one life: the next does not know how far that clock was from it.
  const file = parts.steered === undefined ? new ReferenceFile(join(stateDir, 'reference.json'), clock, log) : null
  const kept = file?.read() ?? null
  const leader = kept === null ? undefined : sources.find(({ identity }) => identity === kept.source)
  const resumed = kept === null || leader === undefined ? null : { ...kept, source: leader }
  const keeper = new TimeKeeper(sources, resumed?.correction.frequency ?? readDrift(driftFile), precision)
  if (resumed !== null) keeper.resume(resumed)
  let told: Reference | null = null
  let followed: FollowedClock | null = null
  const tell = (): void => {
    const { reference } = keeper
    // What stands while no source can be followed must grow old.
    if (reference === null || reference === told) return
    told = reference
    served.awaitSources(false)
    const { correction, source, atMs, ...fields } = reference
    const nowMs = clock.monotonicMs()
    const unixSeconds = clock.wallMs() / 1000 + correctionAt(correction, nowMs) - (nowMs - atMs) / 1000
    const address = poller.addressOf(source)
    followed = {
      ...fields,
      correction,
      unixSeconds,
      name: nameOf(source),
      address,
      referenceId: referenceIdOf(address),
    }
    served.follow(followed)
    file?.write({ ...reference, source: source.identity, address })
  }
  const poller = new SourcePoller({
    keeper,
    clock,
    log,
    precision,
    ask:
      parts.ask ??
      (async (source) =>
        askSource(await guards.open(source.settings), source.poll, precision, clock, source.interleaving)),
    isOurs: (measurement, address) =>
      isReferenceOurs(ownAddresses(), { stratum: measurement.stratum, id: measurement.referenceId }, address) ||
      (followed !== null && isSaidByUs(followed, measurement)),
    // The time since the start of the machine goes on in its sleep (CLOCK_BOOTTIME).
    sleptMs: parts.sleptMs ?? (() => uptime() * 1000 - clock.monotonicMs()),
    addresses: new Map(resumed === null ? [] : [[resumed.source, resumed.address]]),
    onUpdate: tell,
  })
  served.awaitSources(parts.sources.length > 0)
  tell()
  const awaiting = setTimeout(() => served.awaitSources(false), AWAIT_MS)
  awaiting.unref()
  const unheard = setTimeout(() => {
    if (keeper.sources.every(({ latest }) => latest === null)) served.awaitSources(false)
  }, UNHEARD_MS)
  unheard.unref()
  const save = (): void => {
    if (keeper.reference === null) return
    try {
      writeDrift(driftFile, keeper.frequency, new Date(clock.wallMs()))
    } catch (error) {
      log.warn({ reason: error instanceof Error ? error.message : String(error) }, 'cannot keep the drift')
    }
  }
  const saving = setInterval(save, SAVE_EVERY_MS)
  saving.unref()
  return {
    report: () =>
      keeper.sources.map((source) => ({
        ...reportSource(source, keeper, clock.monotonicMs(), precision, parts.steered?.aheadBy() ?? null),
        ...guards.report(source.settings),
      })),
    faults: () => {
      const nowMs = clock.monotonicMs()
      const { loneMs } = keeper
      if (keeper.sources.length === 0 || nowMs - beganMs < GRACE_MS) return []
      if (served.isFollowing && (loneMs === null || nowMs - loneMs < LONE_MS)) return []
      const why = keeper.sources.map(
        (source) => `${nameOf(source)}: ${source.fault ?? 'does not agree with the others'}`,
      )
      return [`no time source can be followed (${why.join('; ')})`]
    },
    replaceSources: (sources) => {
      save()
      beganMs = clock.monotonicMs()
      keeper.replaceSources(
        sources.map((settings) => carryOver(keeper.sources, settings, beganMs)),
        beganMs,
      )
      guards.retain(sources)
      if (sources.length === 0) {
        told = null
        followed = null
        served.awaitSources(false)
        served.follow(null)
      }
      poller.sourcesReplaced()
    },
    timeMoved: (by) => poller.timeMoved(by),
    close: () => {
      clearInterval(saving)
      clearTimeout(awaiting)
      clearTimeout(unheard)
      poller.close()
      save()
    },
  }
}

/** Whether a source tells of its reference all that we tell of ours: it is we, or says our words again. */
function isSaidByUs(ours: FollowedClock, { stratum, referenceId, referenceSeconds, rootDelay }: Measurement): boolean {
  if (stratum !== ours.stratum || referenceId !== ours.referenceId) return false
  const isSameTime = referenceSeconds === ntpSeconds(Math.floor(ours.unixSeconds))
  return isSameTime && shortFormat(rootDelay) === shortFormat(ours.rootDelay)
}

/** The source that settings mean, or a new one. */
function carryOver(sources: readonly Source[], settings: SourceSettings, nowMs: number): Source {
  const known = sources.find(({ identity }) => identity === identityOf(settings))
  known?.adopt(settings, nowMs)
  return known ?? new Source(settings, nowMs)
}

function reportSource(
  source: Source,
  keeper: TimeKeeper,
  nowMs: number,
  precision: number,
  aheadBy: number | null,
): Omit<SourceReport, keyof SourceAuthentication> {
  const clock = source.filter.read(nowMs, precision)
  return {
    address: nameOf(source),
    state: keeper.stateOf(source),
    stratum: source.latest?.stratum ?? null,
    offset_s: clock === null ? null : aheadBy === null ? clock.best.offset : offsetNow(clock, keeper, nowMs) - aheadBy,
    delay_s: clock?.best.delay ?? null,
    jitter_s: clock?.jitter ?? null,
    reach: source.reach.toString(8),
    poll_s: 2 ** source.poll,
    interleaved: typeof source.latest?.interleavedMs === 'number',
    error: source.fault,
  }
}

/** What was measured a while ago has drifted since, which no longer shows in a clock that is kept. */
function offsetNow({ best, atMs }: FilteredClock, { frequency }: TimeKeeper, nowMs: number): number {
  return best.offset + (frequency * (nowMs - atMs)) / 1000
}
