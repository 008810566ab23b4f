import { isRecord } from './child-channel.ts'
import { RecentLines } from './child-lines.ts'
import type { ExitReport } from './control-protocol.ts'
import { nextDeadlineMs } from './deadline.ts'
import { GapRecord } from './gap-record.ts'
import { markOf, type ServiceProcess, sectionFileOf, startProcess, writeSection } from './service-process.ts'
import { NEW_SERVICE, type ServiceAction, type ServiceEvent, type ServiceState } from './service-state.ts'
import type { ServiceSpec } from './spec.ts'
import type { Surroundings } from './surroundings.ts'
import { step } from './transitions.ts'

/** A timer this much late means that we ourselves did not run. */
const STALL_MS = 1_000
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** What the others hear of a service. */
export interface ServiceListener {
  /** Its state may have changed. */
  changed(service: SupervisedService): void
  /** One of its processes ended; what it left behind outside its group is to be looked for. */
  ended(service: SupervisedService): void
  /** Its daemon asks something of us. */
  asked(service: SupervisedService, method: string, params: unknown): Promise<unknown>
}

/** One service in the flesh: feeds what happens into the state table and carries out what it answers. */
export class SupervisedService {
  readonly #surroundings: Surroundings
  readonly #listener: ServiceListener
  readonly #gaps: GapRecord
  readonly #lines = new RecentLines()
  #spec: ServiceSpec
  #state: ServiceState = NEW_SERVICE
  #process: ServiceProcess | null = null
  #began: { readonly atMs: number; readonly memoryKills: number } = { atMs: 0, memoryKills: 0 }
  #probing: AbortController | null = null
  #timer: NodeJS.Timeout | null = null
  #events: ServiceEvent[] = []
  #stepping = false
  #statusText = ''
  #ledgerId: number | null = null

  constructor(spec: ServiceSpec, surroundings: Surroundings, listener: ServiceListener) {
    this.#spec = spec
    this.#surroundings = surroundings
    this.#listener = listener
    this.#gaps = new GapRecord(spec.name, surroundings.ledger, surroundings.sockets)
  }

  get spec(): ServiceSpec {
    return this.#spec
  }

  get state(): ServiceState {
    return this.#state
  }

  get pid(): number | null {
    return this.#process?.child?.pid ?? null
  }

  /** Monotonic time at which the present process was started; null when there is none. */
  get beganMs(): number | null {
    return this.#process === null ? null : this.#began.atMs
  }

  get lastExit(): ExitReport | null {
    return this.#gaps.lastExit
  }

  /** What the program last told of itself. */
  get statusText(): string {
    return this.#statusText
  }

  /** The mark of the present process, null when there is none. */
  get mark(): string | null {
    return this.#process === null ? null : markOf(this.#spec.name, this.#state.life)
  }

  /** Takes one event; events that come up meanwhile are taken in turn. */
  send(event: ServiceEvent): void {
    this.#events.push(event)
    if (this.#stepping) return
    this.#stepping = true
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) this.#take(next)
    this.#stepping = false
    this.#armTimer()
    this.#listener.changed(this)
  }

  start(): void {
    this.send({ kind: 'start', nowMs: this.#nowMs() })
  }

  stop(): void {
    this.send({ kind: 'stop', nowMs: this.#nowMs() })
  }

  restart(): void {
    this.send({ kind: 'restart', nowMs: this.#nowMs() })
  }

  kill(): void {
    this.send({ kind: 'kill', nowMs: this.#nowMs() })
  }

  /** Goes by a new spec from the next start on; deadlines already running stay as they are. */
  adopt(spec: ServiceSpec): void {
    this.#spec = spec
  }

  /** Hands the daemon its new section. */
  reload(spec: ServiceSpec): void {
    this.adopt(spec)
    writeSection(sectionFileOf(spec.name, this.#surroundings.runDir), spec, this.#surroundings.userOf(spec))
    this.#process?.child?.signalLeader('SIGHUP')
  }

  /** Asks the daemon. */
  ask(question: string, params: unknown, timeoutMs: number): Promise<unknown> {
    const child = this.#process?.child ?? null
    return child === null ? Promise.reject(new Error('it is not running')) : child.ask(question, params, timeoutMs)
  }

  #take(event: ServiceEvent): void {
    const before = this.#state
    const { next, actions } = step(before, event, this.#spec.rules)
    this.#state = next
    if (next.kind !== 'ready') this.#probing?.abort()
    if (next.kind !== before.kind) this.#logChange(before, next)
    for (const action of actions) this.#perform(action)
  }

  #perform(action: ServiceAction): void {
    switch (action.kind) {
      case 'spawn':
        this.#spawn(action.life)
        break
      case 'signal':
        this.#process?.child?.signal(action.signal === 'SIGTERM' ? this.#spec.stopSignal : action.signal)
        break
      case 'sweep':
        this.#listener.ended(this)
        break
      case 'recordExit':
        this.#recordExit(action)
        break
      case 'recordReady':
        this.#gaps.ready(this.#nowMs())
        break
      case 'probe':
        void this.#probe(action.life)
        break
      case 'measure':
        void this.#measure(action.life)
        break
    }
  }

  #spawn(life: number): void {
    const { sockets, clock, memoryKills } = this.#surroundings
    const nowMs = clock.monotonicMs()
    this.#statusText = ''
    let kept: ReturnType<typeof sockets.hold>
    try {
      kept = sockets.hold(this.#spec.name, this.#spec.sockets)
    } catch (error) {
      this.#events.unshift({ kind: 'socketFailed', life, error: wordsOf(error), nowMs })
      return
    }
    try {
      this.#began = { atMs: nowMs, memoryKills: memoryKills() }
      this.#process = startProcess(this.#spec, life, kept, this.#surroundings, this.#eventsOf(life))
      if (this.#process.child !== null) this.#events.unshift({ kind: 'spawned', life, nowMs })
    } catch (error) {
      this.#events.unshift({
        kind: 'spawnFailed',
        life,
        error: wordsOf(error),
        nowMs,
        chance: this.#surroundings.chance(),
      })
    }
  }

  /** What a process tells becomes events with the number of its life. */
  #eventsOf(life: number): Parameters<typeof startProcess>[4] {
    const { name } = this.#spec
    const { lines, chance, memoryKills } = this.#surroundings
    return {
      onReady: () => this.send({ kind: 'ready', life, nowMs: this.#nowMs() }),
      onHeartbeat: () => this.send({ kind: 'heartbeat', life, nowMs: this.#nowMs() }),
      onStatus: (text) => {
        if (life === this.#state.life) this.#statusText = text
      },
      onLine: (line) => {
        this.#lines.add(line)
        lines.add(name, line)
      },
      onSilence: () => this.#completeLines(),
      onAsk: (method, params) => this.#listener.asked(this, method, params),
      onRefused: (error) => {
        this.#forgetProcess()
        this.send({ kind: 'spawnFailed', life, error, nowMs: this.#nowMs(), chance: chance() })
      },
      onExit: (code, signal) => {
        this.#forgetProcess()
        const outOfMemory = signal === 'SIGKILL' && memoryKills() > this.#began.memoryKills
        this.send({ kind: 'exited', life, code, signal, outOfMemory, nowMs: this.#nowMs(), chance: chance() })
      },
    }
  }

  #forgetProcess(): void {
    this.#process?.close()
    this.#process = null
  }

  #recordExit({ life, reason, code, signal, error }: Extract<ServiceAction, { kind: 'recordExit' }>): void {
    if (error !== null) this.#lines.add(error)
    const at = new Date(this.#surroundings.clock.wallMs()).toISOString()
    const exit = { at, code, signal, reason, gap_ms: null, queued: null, dropped: null }
    this.#ledgerId = this.#gaps.ended(life, exit, this.#lines.all(), this.#nowMs())
  }

  /** The last words often arrive after the exit. */
  #completeLines(): void {
    if (this.#ledgerId !== null) this.#surroundings.ledger.setLines(this.#ledgerId, this.#lines.all())
    this.#ledgerId = null
    this.#listener.changed(this)
  }

  async #probe(life: number): Promise<void> {
    const aborter = new AbortController()
    this.#probing = aborter
    const outcome = await this.#surroundings.probe(this.#spec, aborter.signal)
    if (this.#probing === aborter) this.#probing = null
    this.send({ kind: 'probed', life, outcome, nowMs: this.#nowMs() })
  }

  async #measure(life: number): Promise<void> {
    if (!this.#spec.own || this.lastExit === null) return
    try {
      const answer = await this.ask('counters', null, 500)
      if (life === this.#state.life && isRecord(answer) && typeof answer['waited'] === 'number')
        this.#gaps.waited(answer['waited'])
    } catch {
      // A daemon that does not answer now leaves the number as it is; the probe and the heartbeat judge it.
    }
  }

  #armTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const dueMs = nextDeadlineMs(this.#state)
    if (dueMs === null) return
    const waitMs = Math.min(LONGEST_TIMER_MS, Math.max(0, Math.ceil(dueMs - this.#nowMs())))
    this.#timer = setTimeout(() => {
      const nowMs = this.#nowMs()
      const lateMs = nowMs - dueMs
      this.send({ kind: 'time', nowMs, stalledMs: lateMs > STALL_MS ? lateMs : 0 })
    }, waitMs)
  }

  #logChange(before: ServiceState, next: ServiceState): void {
    const { log } = this.#surroundings
    const fields = { daemon: this.#spec.name, life: next.life, state: next.kind }
    if (next.kind === 'ready') log.info({ ...fields, after_ms: Math.round(next.readyMs - this.#began.atMs) }, 'ready')
    else if (next.kind === 'backoff' || next.kind === 'parked') log.warn({ ...fields, reason: next.why }, next.kind)
    else if (next.kind === 'stopping' && next.reason !== 'asked')
      log.error({ ...fields, reason: next.reason }, 'does not answer: it is ended')
    else log.debug({ ...fields, from: before.kind }, next.kind)
  }

  #nowMs(): number {
    return this.#surroundings.clock.monotonicMs()
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
