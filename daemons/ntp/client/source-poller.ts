import type { Logger } from 'pino'
import type { Clock } from '../../runtime/contract.ts'
import { PHI } from '../frequency-tolerance.ts'
import type { Reply } from './ask-source.ts'
import type { Answer, Measurement } from './exchange.ts'
import type { Source } from './source.ts'
import { nameOf, type TimeKeeper } from './time-keeper.ts'

/** Wall and monotonic time part by more than slewing can explain: somebody set the clock. @unit milliseconds */
const STEP_MS = 100
/** Departure and arrival lie on different clocks: what is measured between them may be anything, with the shortest of all delays. */
const TORN: Answer = { kind: 'unusable', why: 'the clock of this machine was set while it was asked' }
/** The machine slept: how long it did is known to 10 ms on either side. @unit milliseconds */
const SLEEP_MS = 50
/** How often that is looked at. */
const LOOK_EVERY_MS = 1_000
/** What the served time may be off after a step, and after a sleep, which is timed by a clock of whole seconds. @unit seconds */
const STEP_DOUBT = 0.1
const SLEEP_DOUBT = 0.5

export interface PollerParts {
  readonly keeper: TimeKeeper
  readonly clock: Clock
  readonly log: Logger
  /** log2 seconds */
  readonly precision: number
  readonly ask: (source: Source) => Promise<Reply | null>
  /** Whether a source that answered from an address has its time from us, or is we ourselves. */
  readonly isOurs: (measurement: Measurement, address: string) => boolean
  /** How long this machine slept since it was started: so much the monotonic clock is behind. @unit milliseconds, ±10 */
  readonly sleptMs: () => number
  /** Where sources answered from in an earlier life. */
  readonly addresses: ReadonlyMap<Source, string>
  /** After each look at all sources. */
  readonly onUpdate: () => void
}

/** Asks each source when it is due, one question at a time, and tells the keeper what it heard. */
export class SourcePoller {
  readonly #parts: PollerParts
  readonly #timers = new Map<Source, NodeJS.Timeout>()
  readonly #addresses: Map<Source, string>
  readonly #asking = new Set<Source>()
  readonly #looking: NodeJS.Timeout
  #wallAhead: number
  #sleptMs: number
  /** How often the clock was set, or the time of the sources moved. */
  #steps = 0
  #closed = false
  #told = ''

  constructor(parts: PollerParts) {
    this.#parts = parts
    this.#addresses = new Map(parts.addresses)
    this.#wallAhead = this.#readWallAhead()
    this.#sleptMs = parts.sleptMs()
    this.#looking = setInterval(() => {
      if (this.#noticeStep()) this.#parts.onUpdate()
    }, LOOK_EVERY_MS)
    this.#looking.unref()
    for (const source of parts.keeper.sources) this.#arm(source)
  }

  /** Goes on with the sources that the keeper has now. */
  sourcesReplaced(): void {
    const { sources } = this.#parts.keeper
    for (const [source, timer] of this.#timers) {
      if (sources.includes(source)) continue
      clearTimeout(timer)
      this.#timers.delete(source)
      this.#addresses.delete(source)
    }
    for (const source of sources) if (!this.#asking.has(source)) this.#arm(source)
    this.#parts.onUpdate()
    this.#tell()
  }

  /** The address that a source answered from last; as configured until then. */
  addressOf(source: Source): string {
    return this.#addresses.get(source) ?? source.settings.address
  }

  /** The time that the sources tell has moved by this many seconds, for a leap second; the kernel's clock too, or not. */
  timeMoved(by: number): void {
    this.#noticeStep()
    this.#steps += 1
    this.#parts.keeper.kernelStepped(-by, 0)
    this.#parts.onUpdate()
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#looking)
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }

  #arm(source: Source): void {
    if (this.#closed) return
    clearTimeout(this.#timers.get(source))
    const waitMs = Math.max(0, source.dueMs - this.#parts.clock.monotonicMs())
    this.#timers.set(
      source,
      setTimeout(() => void this.#ask(source), waitMs),
    )
  }

  async #ask(source: Source): Promise<void> {
    const { keeper, clock, precision, ask } = this.#parts
    this.#asking.add(source)
    this.#noticeStep()
    source.asked(clock.monotonicMs())
    const steps = this.#steps
    let reply: Reply | null = null
    let failure: string | null = null
    try {
      reply = await ask(source)
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error)
    }
    this.#asking.delete(source)
    if (this.#closed || !keeper.sources.includes(source)) return
    this.#noticeStep()
    const nowMs = clock.monotonicMs()
    const answer = reply === null ? null : steps === this.#steps ? this.#withoutLoop(reply) : TORN
    if (answer !== null) source.interleaving?.settle(answer)
    const measurement = answer?.kind === 'measurement' ? answer.measurement : null
    const residual =
      measurement === null ? null : keeper.residual(measurement.offset, nowMs - (measurement.interleavedMs ?? 0))
    source.heard(answer, nowMs, precision, residual)
    if (failure !== null) source.fault = failure
    if (reply !== null) this.#addresses.set(source, reply.address)
    keeper.update(nowMs)
    this.#parts.onUpdate()
    this.#tell()
    this.#arm(source)
  }

  /** @rfc 5905 section 11.2.1, fit(): a source that is synchronised to us is no source */
  #withoutLoop({ answer, address }: Reply): Answer {
    if (answer.kind !== 'measurement' || !this.#parts.isOurs(answer.measurement, address)) return answer
    return { kind: 'unsynchronised', why: 'it follows us' }
  }

  /**
   * Sees whether somebody set this machine's clock, or the machine slept: then nothing that was measured holds, and all sources are asked at once.
   *
   * @returns whether it was so
   */
  #noticeStep(): boolean {
    const { keeper, clock, log, sleptMs } = this.#parts
    const ahead = this.#readWallAhead()
    const slept = sleptMs()
    const sleep = slept - this.#sleptMs
    const hasSlept = sleep > SLEEP_MS
    // The wall clock goes on in a sleep and the monotonic one does not.
    const by = ahead - this.#wallAhead - (hasSlept ? sleep : 0)
    this.#wallAhead = ahead
    this.#sleptMs = slept
    const wasSet = Math.abs(by) >= STEP_MS
    if (!wasSet && !hasSlept) return false
    this.#steps += 1
    keeper.kernelStepped(wasSet ? by / 1000 : 0, hasSlept ? SLEEP_DOUBT + (PHI * sleep) / 1000 : STEP_DOUBT)
    if (hasSlept) log.info({ seconds: sleep / 1000 }, 'this machine slept')
    if (wasSet) log.warn({ seconds: by / 1000 }, 'the clock of this machine was set')
    const nowMs = clock.monotonicMs()
    for (const source of keeper.sources) {
      source.hurry(nowMs)
      if (!this.#asking.has(source)) this.#arm(source)
    }
    return true
  }

  #readWallAhead(): number {
    const { clock } = this.#parts
    return Number(clock.wallNs() / 1000n) / 1000 - clock.monotonicMs()
  }

  /** One line for each change of who is followed. */
  #tell(): void {
    const { keeper, log } = this.#parts
    const selected = keeper.sources.find((source) => keeper.stateOf(source) === 'selected')
    const told = selected === undefined ? '' : nameOf(selected)
    if (told === this.#told) return
    this.#told = told
    if (selected === undefined) log.warn('no source agrees: the last known time and drift are served')
    else log.info({ source: told, stratum: selected.latest?.stratum }, 'follows')
  }
}
