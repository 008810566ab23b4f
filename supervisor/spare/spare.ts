import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import type { Clock } from '../../daemons/runtime/contract.ts'
import type { CgroupTree } from '../cgroup/cgroup-tree.ts'
import type { Child, ChildEvents } from '../child/child.ts'
import type { Launch } from '../child/launch.ts'
import type { LaunchTools } from '../child/launch-tools.ts'
import type { Descendants } from '../leftovers/orphan-watch.ts'
import { compileCacheOf, makeFolder } from '../service/service-process.ts'
import { ServiceTimer } from '../service/service-timer.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import type { ServiceUser } from '../user/service-user.ts'
import { canBecome, type SpareRecipe, spareLaunchOf, spareMarkOf } from './spare-launch.ts'
import { SpareProcess } from './spare-process.ts'
import { NO_SPARE, type SpareEvent, type SpareState, spareDeadlineMs, stepSpare } from './spare-state.ts'

/** What a service sees of the spare. */
export interface StandIn {
  /** Whether the spare could become the daemon of this service now. */
  standsReadyFor(spec: ServiceSpec): boolean
  /**
   * Makes the spare the process of a service.
   *
   * @param launch how the daemon would be started
   * @param fds its held sockets
   * @returns null when it died in this moment; the daemon is to be started as usual then
   */
  take(launch: Launch, fds: readonly number[], events: ChildEvents): Child | null
}

interface SpareSurroundings {
  readonly clock: Clock
  readonly log: Logger
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stateDir: string
  readonly groups: CgroupTree | null
  readonly tools: LaunchTools
  /** Throws when there is no such user. */
  userOf(name: string | null): ServiceUser | null
}

/** The one warm spare of a supervisor: feeds what happens into its state and carries out what that answers. */
export class Spare implements StandIn {
  readonly #surroundings: SpareSurroundings
  readonly #timer: ServiceTimer
  /** Every spare that lives, with its mark: the one that is wanted, and those that are dying. */
  readonly #living = new Map<SpareProcess, string>()
  #state: SpareState = NO_SPARE
  #recipe: SpareRecipe | null = null
  #process: SpareProcess | null = null
  #count = 0
  #onGone: () => void = () => undefined

  constructor(surroundings: SpareSurroundings) {
    this.#surroundings = surroundings
    this.#timer = new ServiceTimer(surroundings.clock.monotonicMs, (nowMs) => this.#send({ kind: 'time', nowMs }))
  }

  get state(): SpareState {
    return this.#state
  }

  /** Of the process that is or becomes the spare; null when there is none. */
  get pid(): number | null {
    return this.#process?.pid ?? null
  }

  /** Why there is none although one is wanted, in words; null when all is well. */
  get limit(): string | null {
    const { kind, why } = this.#state
    if (why === null || kind === 'off' || kind === 'ready') return null
    return `no spare stands ready (${why}): a daemon that dies is started anew, which takes longer; another one is prepared`
  }

  /** Has one of this recipe from now on; one of another is ended. null = none at all. */
  want(recipe: SpareRecipe | null): void {
    const nowMs = this.#nowMs()
    if (!isDeepStrictEqual(recipe, this.#recipe)) this.#send({ kind: 'unwant', nowMs })
    this.#recipe = recipe
    if (recipe !== null) this.#send({ kind: 'want', nowMs })
  }

  /** Tells whether services start or stop: a spare is made when none does. */
  settle(calm: boolean): void {
    this.#send({ kind: 'calm', calm, nowMs: this.#nowMs() })
  }

  standsReadyFor(spec: ServiceSpec): boolean {
    return this.#state.kind === 'ready' && this.#recipe !== null && canBecome(this.#recipe, spec)
  }

  take(launch: Launch, fds: readonly number[], events: ChildEvents): Child | null {
    const spare = this.#process
    if (this.#state.kind !== 'ready' || spare === null) return null
    const { environment, cwd, args } = launch
    const child = spare.become({ program: args.at(-1) ?? '', environment, cwd }, fds, events)
    if (child === null) return null
    this.#living.delete(spare)
    this.#process = null
    this.#send({ kind: 'taken', nowMs: this.#nowMs() })
    return child
  }

  /** What lives of it. */
  descendants(): Descendants {
    return {
      known: () => new Set([...this.#living.keys()].map(({ pid }) => pid).filter((pid) => pid !== null)),
      isOver: (mark) => ![...this.#living.values()].includes(mark),
    }
  }

  /** Ends it, and resolves when nothing lives of it; none is made any more. */
  close(): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      this.#onGone = resolve
    })
    this.want(null)
    if (this.#living.size === 0) this.#onGone()
    return gone
  }

  #send(event: SpareEvent): void {
    const before = this.#state
    const { next, action } = stepSpare(before, event)
    this.#state = next
    if (next.kind !== before.kind) this.#surroundings.log.debug({ spare: next.kind, reason: next.why }, 'spare')
    if (action === 'end') this.#end()
    if (action === 'start') this.#start()
    this.#timer.set(spareDeadlineMs(this.#state))
  }

  #start(): void {
    const { log } = this.#surroundings
    const count = ++this.#count
    let spare: SpareProcess | null = null
    const ended = (why: string): void => {
      if (spare !== null) this.#living.delete(spare)
      if (this.#living.size === 0) this.#onGone()
      if (count !== this.#count) return
      this.#process = null
      log.warn({ reason: why }, 'the spare came to nothing')
      this.#send({ kind: 'failed', why, nowMs: this.#nowMs() })
    }
    try {
      spare = SpareProcess.start(this.#launch(count), this.#surroundings.groups?.create(`.spare.${count}`) ?? null, {
        loaded: () => {
          if (count === this.#count) this.#send({ kind: 'loaded', nowMs: this.#nowMs() })
        },
        ended,
        line: (line) => log.warn({ line }, 'the spare says'),
      })
    } catch (error) {
      ended(error instanceof Error ? error.message : String(error))
    }
    this.#process = spare
    if (spare !== null) this.#living.set(spare, spareMarkOf(count))
  }

  /** Makes its folder and works out how it is started. */
  #launch(count: number): Launch {
    const { stateDir, environment, tools, userOf } = this.#surroundings
    if (this.#recipe === null) throw new Error('there is nothing that it could become')
    const user = userOf(this.#recipe.user)
    makeFolder(compileCacheOf(stateDir), user)
    return spareLaunchOf(this.#recipe, count, { user, outer: environment, stateDir, tools })
  }

  /** Nothing that it still does concerns us, except that it must be waited for. */
  #end(): void {
    this.#process?.end()
    this.#process = null
    this.#count += 1
  }

  #nowMs(): number {
    return this.#surroundings.clock.monotonicMs()
  }
}
