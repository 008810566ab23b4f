import type { Cgroup } from '../cgroup/cgroup.ts'
import type { ExitReport } from '../control/control-protocol.ts'
import { errorWords } from '../error-words.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import type { Surroundings } from '../surroundings.ts'
import { nextDeadlineMs } from './deadline.ts'
import { GapRecord } from './gap-record.ts'
import { LifeInquiry } from './life-inquiry.ts'
import { logChange } from './log-change.ts'
import type { ServiceListener } from './service-listener.ts'
import { commitSection, markOf, resumeProcess, type ServiceProcess, startProcess } from './service-process.ts'
import { lossOf, resumedState, type ServiceRecord } from './service-record.ts'
import { NEW_SERVICE, type ServiceAction, type ServiceEvent, type ServiceState } from './service-state.ts'
import { ServiceTimer } from './service-timer.ts'
import { ServiceWords } from './service-words.ts'
import { step } from './transitions.ts'

/** How long a daemon may take to take over new settings. */
const RELOAD_MS = 5_000

/** One service in the flesh: feeds what happens into the state table and carries out what it answers. */
export class SupervisedService {
  readonly #surroundings: Surroundings
  readonly #listener: ServiceListener
  readonly #gaps: GapRecord
  readonly #timer: ServiceTimer
  readonly #words: ServiceWords
  #spec: ServiceSpec
  #state: ServiceState
  #process: ServiceProcess | null = null
  #began: { readonly atMs: number; readonly memoryKills: number } = { atMs: 0, memoryKills: 0 }
  #events: ServiceEvent[] = []
  #stepping = false
  #statusText = ''
  #gone: Promise<void> = Promise.resolve()
  /** Of the present life. */
  #inquiry: LifeInquiry

  /** @param record what it was in an earlier program of this process; `resume` goes on from there */
  constructor(spec: ServiceSpec, surroundings: Surroundings, listener: ServiceListener, record?: ServiceRecord) {
    this.#spec = spec
    this.#surroundings = surroundings
    this.#listener = listener
    this.#state = { ...NEW_SERVICE, life: surroundings.ledger.lastLife(spec.name) }
    this.#timer = new ServiceTimer(surroundings.clock.monotonicMs, (nowMs, stalledMs) =>
      this.send({ kind: 'time', nowMs, stalledMs }),
    )
    this.#words = new ServiceWords(surroundings.ledger, record?.state.life, record?.lines)
    this.#inquiry = this.#inquiryOf(record?.state.life ?? 0)
    this.#gaps = new GapRecord(spec.name, surroundings, record?.gaps)
  }

  /** Goes on as what it was in an earlier program of this process: the same life, the same deadlines. */
  resume(record: ServiceRecord): void {
    const nowMs = this.#nowMs()
    this.#state = resumedState(record.state, nowMs)
    this.#began = record.began
    this.#statusText = record.statusText
    if (record.process !== null)
      this.#process = resumeProcess(this.#spec, record.process, this.#eventsOf(record.state.life))
    const loss = lossOf(record, nowMs)
    if (loss === null) this.#tellChange()
    else this.send(loss)
  }

  /** Everything of it that another program of this process needs to go on. */
  record(): ServiceRecord {
    this.#words.finish()
    return {
      spec: this.#spec,
      state: this.#state,
      began: this.#began,
      statusText: this.#statusText,
      lines: this.#words.lines(),
      gaps: this.#gaps.gaps,
      process: this.#process?.record() ?? null,
    }
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

  /** The cgroup of the present process; null when it has none. */
  get group(): Cgroup | null {
    return this.#process?.child?.group ?? null
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
    this.#tellChange()
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

  /**
   * Hands the daemon its new section, which was prepared; resolves to true unless it cannot take it over while it runs, or may have read the
   * old one just now.
   */
  reload(spec: ServiceSpec): Promise<unknown> {
    commitSection(spec, this.#surroundings)
    this.adopt(spec)
    if (this.#state.kind !== 'ready') return Promise.resolve(this.#state.kind !== 'starting')
    return this.ask('reload', null, RELOAD_MS).catch(() => false)
  }

  /** Asks the daemon. */
  ask(question: string, params: unknown, timeoutMs: number): Promise<unknown> {
    const child = this.#process?.child ?? null
    return child === null ? Promise.reject(new Error('it is not running')) : child.ask(question, params, timeoutMs)
  }

  #tellChange(): void {
    this.#timer.set(nextDeadlineMs(this.#state))
    this.#listener.changed(this)
  }

  #take(event: ServiceEvent): void {
    const before = this.#state
    const { next, actions } = step(before, event, this.#spec.rules)
    this.#state = next
    if (next.kind !== 'ready') this.#inquiry.abort()
    if (next.kind !== before.kind) logChange(this.#surroundings.log, this.#spec.name, before, next, this.#began.atMs)
    for (const action of actions) this.#perform(action)
  }

  #perform(action: ServiceAction): void {
    switch (action.kind) {
      case 'spawn':
        this.#spawn(action)
        break
      case 'signal':
        this.#process?.child?.signal(action.signal === 'SIGTERM' ? this.#spec.stopSignal : action.signal)
        break
      case 'sweep':
        this.#listener.ended(this, this.#gone)
        break
      case 'recordExit':
        this.#recordExit(action)
        break
      case 'recordReady':
        this.#gaps.ready(this.#nowMs())
        break
      case 'measure':
        void this.#measure(action.life)
        break
      default:
        this.#inquiry.perform(action)
    }
  }

  #spawn({ life, spare }: Extract<ServiceAction, { kind: 'spawn' }>): void {
    const { sockets, clock, memoryKills } = this.#surroundings
    const nowMs = clock.monotonicMs()
    this.#statusText = ''
    this.#words.begin(life)
    this.#inquiry = this.#inquiryOf(life)
    let kept: ReturnType<typeof sockets.hold>
    try {
      kept = sockets.hold(this.#spec.name, this.#spec.sockets)
    } catch (error) {
      this.#events.unshift({ kind: 'socketFailed', life, error: errorWords(error), nowMs })
      return
    }
    try {
      this.#began = { atMs: nowMs, memoryKills: memoryKills() }
      this.#process = startProcess(this.#spec, { life, spare }, kept, this.#surroundings, this.#eventsOf(life))
      if (this.#process.child !== null) this.#events.unshift({ kind: 'spawned', life, nowMs })
    } catch (error) {
      const chance = this.#surroundings.chance()
      this.#events.unshift({ kind: 'spawnFailed', life, error: errorWords(error), nowMs, chance })
    }
  }

  /** What a process tells becomes events with the number of its life. */
  #eventsOf(life: number): Parameters<typeof startProcess>[4] {
    const { name } = this.#spec
    const { lines, chance, memoryKills } = this.#surroundings
    const inquiry = this.#inquiry
    return {
      onReady: () => this.send({ kind: 'ready', life, nowMs: this.#nowMs() }),
      onHeartbeat: () => {
        inquiry.heartbeat()
        this.send({ kind: 'heartbeat', life, nowMs: this.#nowMs() })
      },
      onExtend: (forMs) => this.send({ kind: 'extend', life, forMs, nowMs: this.#nowMs() }),
      onLeaving: () => this.send({ kind: 'leaving', life, nowMs: this.#nowMs() }),
      onStatus: (text) => {
        if (life === this.#state.life) this.#statusText = text
      },
      onLine: (line) => {
        if (inquiry.hear(line)) return
        this.#words.add(life, line)
        lines.add(name, line)
      },
      onSilence: () => {
        this.#words.fellSilent(life)
        this.#listener.changed(this)
      },
      onAsk: (method, params) => this.#listener.asked(this, method, params),
      onRefused: (error) => {
        this.#forgetProcess()
        this.send({ kind: 'spawnFailed', life, error, nowMs: this.#nowMs(), chance: chance() })
      },
      onExit: (code, signal) => {
        const child = this.#process?.child ?? null
        if (child !== null) this.#words.died(life, child)
        this.#gone = child?.gone ?? Promise.resolve()
        this.#forgetProcess()
        const outOfMemory = signal === 'SIGKILL' && (child?.memoryKilled ?? memoryKills() > this.#began.memoryKills)
        const said = this.#spec.own ? this.#words.lastError() : null
        const end = { code, signal, outOfMemory, said, spare: this.#surroundings.spare.standsReadyFor(this.#spec) }
        this.send({ kind: 'exited', life, ...end, nowMs: this.#nowMs(), chance: chance() })
      },
    }
  }

  #forgetProcess(): void {
    this.#process?.close()
    this.#process = null
  }

  #recordExit({ life, reason, code, signal, error }: Extract<ServiceAction, { kind: 'recordExit' }>): void {
    if (error !== null) this.#words.add(life, error)
    const at = new Date(this.#surroundings.clock.wallMs()).toISOString()
    const exit = { at, code, signal, reason, gap_ms: null, queued: null, dropped: null }
    this.#words.recorded(this.#gaps.ended(life, exit, this.#words.lines(), this.#nowMs()))
  }

  #inquiryOf(life: number): LifeInquiry {
    return new LifeInquiry(this.#surroundings, {
      life,
      spec: () => this.#spec,
      child: () => (life === this.#state.life ? (this.#process?.child ?? null) : null),
      tell: (event) => this.send(event),
      note: (line) => this.#words.add(life, line),
    })
  }

  async #measure(life: number): Promise<void> {
    if (!this.#spec.own || this.lastExit === null) return
    const account = await this.#inquiry.accountOfGap()
    if (account !== null && life === this.#state.life) this.#gaps.told(account)
  }

  #nowMs(): number {
    return this.#surroundings.clock.monotonicMs()
  }
}
