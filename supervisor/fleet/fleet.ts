import type { ReachedReport, ReloadReport } from '../control/control-protocol.ts'
import { errorWords } from '../error-words.ts'
import type { Descendants } from '../leftovers/orphan-watch.ts'
import { failureOf } from '../schedule/schedule-text.ts'
import { type ScheduleRecord, Scheduler } from '../schedule/scheduler.ts'
import { type Goal, judgeGoal } from '../service/goal.ts'
import { SupervisedService } from '../service/service.ts'
import type { ServiceListener } from '../service/service-listener.ts'
import { prepareSection } from '../service/service-process.ts'
import type { ServiceRecord } from '../service/service-record.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import type { Surroundings } from '../surroundings.ts'
import { type Change, type PlannedChange, planReload } from './reload-plan.ts'
import { rereadFiles } from './reread-files.ts'
import { followersOf } from './rest-for-one.ts'
import { mayStart, mayStop } from './start-order.ts'
import { Waiters } from './waiters.ts'

/** All services as they stand, as plain data. */
export interface FleetRecord {
  readonly services: readonly ServiceRecord[]
  /** Wanted, but not yet their turn. */
  readonly queued: readonly string[]
  readonly schedules: readonly ScheduleRecord[]
}

/** All services together: who may start and stop when, who waits for whom, and what a reload changes. */
export class Fleet {
  readonly scheduler: Scheduler
  readonly #surroundings: Surroundings
  readonly #listener: ServiceListener
  readonly #services = new Map<string, SupervisedService>()
  /** Wanted, but not yet their turn. */
  readonly #queued = new Set<string>()
  readonly #waiters = new Waiters()
  /** The life of each service that was last seen ready. */
  readonly #readyLives = new Map<string, number>()
  #stopping = false

  /** @param listener hears of each change before the fleet draws its conclusions */
  constructor(surroundings: Surroundings, listener: ServiceListener) {
    this.#surroundings = surroundings
    this.scheduler = new Scheduler(surroundings)
    this.#listener = {
      ...listener,
      changed: (service) => {
        listener.changed(service)
        this.scheduler.consider(service)
        this.#lead(service)
        this.#advance()
      },
    }
  }

  get services(): readonly SupervisedService[] {
    return [...this.#services.values()]
  }

  find(name: string): SupervisedService | undefined {
    return this.#services.get(name)
  }

  /** What belongs to the present lives of its services. */
  descendants(): Descendants {
    const ours = `${process.pid}/`
    return {
      known: () => new Set(this.services.map(({ pid }) => pid).filter((pid) => pid !== null)),
      isOver: (mark) => mark.startsWith(ours) && this.services.every((service) => service.mark !== mark),
    }
  }

  /** Whether nothing starts or stops. */
  get calm(): boolean {
    return (
      this.#queued.size === 0 &&
      this.services.every(({ state: { kind } }) => kind !== 'starting' && kind !== 'stopping')
    )
  }

  /** Whether a service waits for its turn to start. */
  isQueued(name: string): boolean {
    return this.#queued.has(name)
  }

  /** Starts all, each when its turn comes. */
  startAll(specs: readonly ServiceSpec[]): void {
    for (const spec of specs) this.#add(spec)
    this.#advance()
  }

  /** Everything that another program of this process needs to go on. */
  record(): FleetRecord {
    return {
      services: this.services.map((service) => service.record()),
      queued: [...this.#queued],
      schedules: this.scheduler.record(),
    }
  }

  /** Goes on with what an earlier program of this process had. */
  resume({ services, queued, schedules }: FleetRecord): void {
    this.scheduler.resume(schedules)
    for (const record of services) {
      const { spec, state } = record
      this.#services.set(spec.name, new SupervisedService(spec, this.#surroundings, this.#listener, record))
      // Who wanted to be restarted with it has been.
      if (state.kind === 'ready') this.#readyLives.set(spec.name, state.life)
    }
    for (const name of queued) this.#queued.add(name)
    for (const record of services) this.find(record.spec.name)?.resume(record)
    this.#advance()
  }

  /** Starts one service now, whatever its order, and waits until it is known how that went. */
  start(service: SupervisedService): Promise<ReachedReport> {
    this.#queued.delete(service.spec.name)
    const afterLife = service.state.kind === 'ready' ? service.state.life - 1 : service.state.life
    const starting = service.state.kind === 'starting'
    service.start()
    return this.#reach(service, { kind: 'up', afterLife: starting ? afterLife - 1 : afterLife })
  }

  stop(service: SupervisedService): Promise<ReachedReport> {
    this.#queued.delete(service.spec.name)
    service.stop()
    return this.#reach(service, { kind: 'down' })
  }

  restart(service: SupervisedService): Promise<ReachedReport> {
    this.#queued.delete(service.spec.name)
    const afterLife = service.state.life
    service.restart()
    return this.#reach(service, { kind: 'up', afterLife })
  }

  /** Stops all in reverse order; resolves when nothing runs any more. */
  stopAll(): Promise<void> {
    this.#stopping = true
    this.scheduler.close()
    this.#queued.clear()
    this.#advance()
    return this.#until(() => this.services.every(({ state }) => state.kind === 'stopped'))
  }

  /** Ends all at once, without patience. */
  killAll(): void {
    this.#stopping = true
    this.#queued.clear()
    for (const service of this.services) service.kill()
  }

  /** Resolves when every service has had its turn: is ready, has failed, or rests. */
  allTried(): Promise<void> {
    return this.#until(() => this.#unsettled().size === 0)
  }

  /**
   * Takes over a new configuration, all or nothing.
   *
   * @throws Error when a socket that it needs cannot be had; nothing has changed then
   */
  async reload(specs: readonly ServiceSpec[]): Promise<ReloadReport> {
    const plan = planReload(
      this.services.map(({ spec }) => spec),
      specs,
    )
    const { sockets } = this.#surroundings
    const changed = plan.flatMap(({ spec, change }) => (spec !== null && change !== 'unchanged' ? [spec] : []))
    const obstacle = changed.map((spec) => this.#prepare(spec)).find((refusal) => refusal !== null)
    sockets.settle(obstacle === undefined)
    if (obstacle !== undefined) throw new Error(obstacle)
    const removals = plan.filter(({ change }) => change === 'removed').map(({ service }) => this.#remove(service))
    await Promise.all(removals)
    const changes: { service: string; change: Change }[] = []
    for (const planned of plan) changes.push({ service: planned.service, change: await this.#apply(planned) })
    this.#advance()
    return { changes }
  }

  /** Gets what a changed service will need, without changing it. @returns what stands in the way, in words, or null */
  #prepare(spec: ServiceSpec): string | null {
    try {
      if (spec.own) prepareSection(spec, this.#surroundings)
    } catch (error) {
      return `cannot write the settings of ${spec.name}: ${errorWords(error)}`
    }
    return this.#surroundings.sockets.prepare(spec.name, spec.sockets)
  }

  /** @returns what became of it: a daemon that cannot take its new section over while it runs is restarted */
  async #apply({ service: name, change, spec, sectionChanged }: PlannedChange): Promise<Change> {
    const service = this.find(name)
    if (change === 'unchanged' && service?.spec.own === true) {
      // Who starts may have read them as they were a moment ago, and cannot be asked yet.
      await this.#until(() => service.state.kind !== 'starting')
      await rereadFiles(service)
    }
    if (spec === null || change === 'unchanged') return change
    if (service === undefined) {
      this.#add(spec)
      return change
    }
    const { kind, wanted } = service.state
    if ((service.spec.schedule === null) !== (spec.schedule === null)) {
      while (service.state.kind !== 'stopped') await this.stop(service)
      service.adopt(spec)
      if (wanted === 'up') this.#queued.add(name)
      return change
    }
    let done = change
    if (change === 'reloaded' && sectionChanged) done = (await service.reload(spec)) === true ? 'reloaded' : 'restarted'
    else service.adopt(spec)
    this.scheduler.consider(service)
    if (kind === 'parked' || kind === 'backoff' || (done === 'restarted' && wanted === 'up')) service.restart()
    return done
  }

  #add(spec: ServiceSpec): void {
    this.#services.set(spec.name, new SupervisedService(spec, this.#surroundings, this.#listener))
    this.#queued.add(spec.name)
  }

  async #remove(name: string): Promise<void> {
    const service = this.find(name)
    if (service === undefined) return
    while (service.state.kind !== 'stopped') await this.stop(service)
    this.#services.delete(name)
    this.#readyLives.delete(name)
    this.scheduler.forget(name)
    this.#surroundings.sockets.release(name)
  }

  /** A service that has become ready anew takes along those that want to be restarted with it. */
  #lead({ spec: { name, schedule }, state }: SupervisedService): void {
    if (this.#stopping || schedule !== null || state.kind !== 'ready' || this.#readyLives.get(name) === state.life)
      return
    this.#readyLives.set(name, state.life)
    const all = this.services.map((service) => ({
      service,
      name: service.spec.name,
      after: service.spec.after,
      restForOne: service.spec.rules.restart.restForOne,
      beganMs: service.beganMs,
    }))
    const nowMs = this.#surroundings.clock.monotonicMs()
    for (const { service } of followersOf({ name, readyMs: state.readyMs }, all))
      service.send({ kind: 'follow', nowMs })
  }

  /** After any change: lets those start or stop whose turn it is, and answers those who wait. */
  #advance(): void {
    if (this.#stopping) this.#stopNext()
    else this.#startNext()
    this.#waiters.look()
  }

  #startNext(): void {
    for (const name of [...this.#queued]) {
      const service = this.find(name)
      if (service === undefined || !mayStart(orderOf(service), this.#unsettled())) continue
      if (this.#queued.delete(name)) this.#begin(service)
    }
  }

  /** Starts a service, or lets it wait for its time. */
  #begin(service: SupervisedService): void {
    const { ledger, clock } = this.#surroundings
    const { name, schedule } = service.spec
    if (schedule === null) service.start()
    else service.send({ kind: 'enlist', failure: failureOf(ledger.exits(name, 1)[0]), nowMs: clock.monotonicMs() })
  }

  #stopNext(): void {
    const running = new Set(this.services.filter(({ state }) => state.kind !== 'stopped').map(({ spec }) => spec.name))
    const all = this.services.map(orderOf)
    for (const service of this.services) {
      const going = service.state.kind === 'stopping' && service.state.wanted === 'down'
      if (going || !running.has(service.spec.name) || !mayStop(orderOf(service), all, running)) continue
      service.stop()
    }
  }

  #unsettled(): ReadonlySet<string> {
    const starting = this.services.filter(({ state }) => state.kind === 'starting').map(({ spec }) => spec.name)
    return new Set([...this.#queued, ...starting])
  }

  #reach(service: SupervisedService, goal: Goal): Promise<ReachedReport> {
    return this.#waiters.until(() => judgeGoal(goal, service.state, this.isQueued(service.spec.name)))
  }

  async #until(condition: () => boolean): Promise<void> {
    await this.#waiters.until(() => condition() || null)
  }
}

function orderOf({ spec }: SupervisedService): { readonly name: string; readonly after: readonly string[] } {
  return spec
}
