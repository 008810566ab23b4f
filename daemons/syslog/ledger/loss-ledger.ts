import type { Logger } from 'pino'
import type { Clock } from '../../runtime/contract.ts'
import { StoreFault } from '../store/store-fault.ts'
import { type Account, accountOf } from './account.ts'
import { bridge } from './bridge.ts'
import { readRemains } from './flight-record.ts'
import { LedgerFile } from './ledger-file.ts'
import { type DeviceGapRow, formatRow, type LedgerRow, type StateRow } from './ledger-row.ts'
import { MinuteRows, type Standing } from './minute-rows.ts'
import { readLedger } from './read-ledger.ts'

/** What the ledger asks of the daemon. */
export interface LedgerSources {
  /** Totals since this process began. */
  standing(): Standing
  nextSeq(): number
  connections(): number
  /** Stored messages of a range of numbers, by listener. */
  recount(from: number, to: number): ReadonlyMap<string, number>
  /** Of the `FlightRecord`. */
  readonly flight: number | null
  /** This start of the machine. */
  readonly boot: string
}

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/**
 * Keeps account of every message that reached this box: stored, or lost for a named reason and when. It outlives the daemon,
 * the supervisor and the machine; what a killed process could not write down is counted from the store and from the kernel
 * by the next one. A ledger that cannot be written is a named fault, its rows wait in memory.
 */
export class LossLedger {
  readonly #sources: LedgerSources
  readonly #clock: Clock
  readonly #log: Logger
  readonly #folder: string
  readonly #file: LedgerFile
  readonly #fault: StoreFault
  readonly #beganMs: number
  readonly #beganSeq: number
  #minute: MinuteRows | null = null
  /** Closed rows that the disk has not taken yet. */
  #waiting: LedgerRow[] = []
  /** Closed rows of the last day. */
  #recent: LedgerRow[] = []
  /** Stream connections as last written; -1 = nothing is written yet, not even that we are here. */
  #connections = -1
  #toldSeq: number
  #isClosed = false
  #account: Account | null = null

  constructor(options: { folder: string; sources: LedgerSources; clock: Clock; log: Logger }) {
    this.#sources = options.sources
    this.#clock = options.clock
    this.#log = options.log
    this.#folder = options.folder
    this.#file = new LedgerFile(options.folder)
    this.#fault = new StoreFault('cannot write the loss ledger', options.clock, options.log)
    this.#beganMs = options.clock.wallMs()
    this.#beganSeq = options.sources.nextSeq()
    this.#toldSeq = this.#beganSeq
  }

  /** So many messages were stored since the last tick that another is due: after a kill they would have to be counted. */
  get isDue(): boolean {
    return this.#sources.nextSeq() - this.#toldSeq >= MOST_UNTOLD
  }

  /** What it cannot do now, in words. */
  faults(): readonly string[] {
    return this.#fault.text === null ? [] : [this.#fault.text]
  }

  /** Writes down what has happened since the last call. Called every second; the first call also reads what there is. */
  tick(ended = false): void {
    if (this.#isClosed) return
    this.#isClosed = ended
    const nowMs = this.#clock.wallMs()
    this.#toldSeq = this.#sources.nextSeq()
    this.#minute ??= this.#resume(nowMs)
    const minute = this.#minute
    minute.take(this.#sources.standing(), nowMs)
    const over = ended || Math.floor(nowMs / MINUTE_MS) !== minute.number
    const told = this.#connections === this.#sources.connections()
    if (!minute.takeChanged() && !over && told && this.#waiting.length === 0) return
    this.#account = null
    const rows = minute.rows()
    if (over) {
      this.#keep(rows)
      this.#minute = minute.next(nowMs)
    }
    this.#write(minute, over ? [] : rows, nowMs, ended)
  }

  /** A device left numbers out. */
  add(gap: DeviceGapRow): void {
    this.#minute?.add(gap)
  }

  /** What became of the messages of the last day; null before the first tick. */
  account(): Account | null {
    if (this.#minute === null) return null
    const nowMs = this.#clock.wallMs()
    this.#account ??= accountOf([...this.#recent, ...this.#minute.rows()], nowMs - DAY_MS, nowMs)
    return this.#account
  }

  /** The same for the health report, with the newest losses alone. */
  report(): Account | null {
    const account = this.account()
    return account === null ? null : { ...account, losses: account.losses.slice(-MOST_REPORTED) }
  }

  /** Everything is stored or told: the next process need not look for more. */
  close(): void {
    this.tick(true)
    this.#file.end()
  }

  #keep(rows: readonly LedgerRow[]): void {
    const since = new Date(this.#clock.wallMs() - DAY_MS).toISOString()
    this.#recent = [...this.#recent.filter(({ to }) => to >= since), ...rows].slice(-MOST_RECENT)
    this.#waiting = [...this.#waiting, ...rows].slice(-MOST_WAITING)
  }

  /** Closed rows that wait, then the open ones and where we stand; the closed ones are done with when that has worked. */
  #write(minute: MinuteRows, open: readonly LedgerRow[], nowMs: number, ended: boolean): void {
    try {
      const closed = this.#waiting.map(formatRow).join('')
      // Where the minute's open rows stand, which these replace: also when it is closed after midnight.
      const day = new Date(minute.number * MINUTE_MS).toISOString().slice(0, 10)
      this.#file.write(day, closed + open.map(formatRow).join('') + formatRow(this.#state(nowMs, ended)))
      if (this.#waiting.length > 0) {
        this.#file.close(Buffer.byteLength(closed))
        this.#file.prune()
      }
      this.#waiting = []
      this.#connections = this.#sources.connections()
      this.#fault.worked()
    } catch (error) {
      this.#fault.failed(error)
    }
  }

  #state(nowMs: number, ended: boolean): StateRow {
    const { nextSeq, connections, flight, boot, standing } = this.#sources
    const sockets = Object.fromEntries(standing().sockets.map(({ inode, drops }) => [inode, drops]))
    const at = new Date(nowMs).toISOString()
    return { kind: 'state', at, seq: nextSeq(), boot, sockets, connections: connections(), flight, ended }
  }

  /** Reads what the last process left and tells what happened between it and us. */
  #resume(nowMs: number): MinuteRows {
    const state = this.#lastState()
    const standing = this.#sources.standing()
    const minute = new MinuteRows(nowMs, { doors: new Map(), targets: [], sockets: standing.sockets })
    try {
      this.#recent = [...readLedger(this.#folder, nowMs - DAY_MS, nowMs)]
    } catch (error) {
      this.#fault.failed(error)
    }
    if (state === null) return minute
    const { recount, boot } = this.#sources
    const remains = state.ended || state.flight === null ? null : readRemains(state.flight)
    this.#keep(
      bridge(state, {
        ...{ atMs: this.#beganMs, nextSeq: this.#beganSeq, boot, remains },
        ...{ sockets: standing.sockets, stored: recount(state.seq, this.#beganSeq) },
      }),
    )
    return minute
  }

  #lastState(): StateRow | null {
    try {
      const { state, tornBytes } = this.#file.resume()
      if (tornBytes > 0) this.#log.warn({ bytes: tornBytes }, 'the end of the loss ledger was torn and is cut off')
      return state
    } catch (error) {
      this.#fault.failed(error)
      return null
    }
  }
}

/** A busy listener has one row a minute. */
const MOST_RECENT = 20_000
const MOST_WAITING = 2_000
/** Counting them takes some 15 ms. */
const MOST_UNTOLD = 8192
const MOST_REPORTED = 20
