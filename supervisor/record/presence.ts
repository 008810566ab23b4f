import { closeSync, futimesSync, openSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../daemons/runtime/contract.ts'
import type { SupervisedService } from '../service/service.ts'
import type { Ledger } from './ledger.ts'
import type { RunningLife } from './ledger-file.ts'

/** How often we show that we live: so exactly is known later when we no longer did. */
const BEAT_MS = 1_000
/** How often the ledger is told as well: `run_dir` is gone when the machine went down. */
const BEATS_PER_NOTE = 60

/** What a supervisor left that did not end in order. */
export interface Predecessor {
  readonly pid: number
  readonly bootId: string
  /** Wall time at which it was last seen alive. */
  readonly aliveMs: number
  /** The services that ran then. */
  readonly lives: readonly Pick<RunningLife, 'service' | 'life'>[]
}

/** Who notes its presence. */
interface Supervisor {
  readonly pid: number
  /** Of this start of the machine; '' = not known. */
  readonly bootId: string
  readonly clock: Pick<Clock, 'wallMs'>
}

/**
 * Notes which processes run, and that we live, so that the next supervisor can tell how we ended: nobody else writes down the
 * death of who keeps the ledger. The file `lanward.alive` of `run_dir` is touched each second; its time is all that counts.
 */
export class Presence {
  readonly #ledger: Ledger
  readonly #path: string
  readonly #self: Supervisor
  readonly #lives = new Map<string, number>()
  #fd: number | null = null
  #timer: NodeJS.Timeout | null = null
  #beats = 0

  constructor(ledger: Ledger, runDir: string, self: Supervisor) {
    this.#ledger = ledger
    this.#path = join(runDir, 'lanward.alive')
    this.#self = self
  }

  /** What the one before us left, to be asked before `begin`; null when it ended in order, or none of its services ran. */
  left(): Predecessor | null {
    const lives = this.#ledger.running()
    const [first] = lives
    if (first === undefined) return null
    return { pid: first.pid, bootId: first.bootId, aliveMs: Math.max(first.notedMs, this.#lastBeatMs()), lives }
  }

  begin(): void {
    try {
      this.#fd = openSync(this.#path, 'a', 0o600)
    } catch {
      // A full disk: then the ledger alone tells, by the minute.
    }
    this.#beat()
    this.#note()
    this.#timer = setInterval(() => {
      this.#beat()
      if (++this.#beats % BEATS_PER_NOTE === 0) this.#note()
    }, BEAT_MS).unref()
  }

  /** To be told after each change of a service. */
  changed({ spec: { name }, state: { life }, pid }: Pick<SupervisedService, 'spec' | 'state' | 'pid'>): void {
    const present = pid === null ? undefined : life
    if (this.#lives.get(name) === present) return
    if (present === undefined) this.#lives.delete(name)
    else this.#lives.set(name, present)
    this.#note()
  }

  /** The end in order: nothing runs any more. */
  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#lives.clear()
    this.#note()
    if (this.#fd !== null) closeSync(this.#fd)
    this.#fd = null
    rmSync(this.#path, { force: true })
  }

  #note(): void {
    const { pid, bootId, clock } = this.#self
    const notedMs = clock.wallMs()
    this.#ledger.saveRunning([...this.#lives].map(([service, life]) => ({ service, life, pid, bootId, notedMs })))
  }

  #beat(): void {
    if (this.#fd === null) return
    const now = this.#self.clock.wallMs() / 1000
    try {
      futimesSync(this.#fd, now, now)
    } catch {
      // As above.
    }
  }

  #lastBeatMs(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.mtimeMs ?? 0
  }
}
