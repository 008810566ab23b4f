import type { Socket } from 'node:net'
import { StreamDelivery } from '../../linux/stream-delivery.ts'
import type { Clock } from '../../runtime/contract.ts'
import { type Carrier, type CarrierEvents, type Parcel, wordsOfNetworkError } from './carrier.ts'
import { SentLog } from './sent-log.ts'

export interface StreamCarrierParts {
  /** Connected, with nothing written yet. */
  readonly peer: Socket
  readonly clock: Clock
  readonly events: CarrierEvents
}

/**
 * Sends messages over one connection, TCP or TLS. One parcel is written at a time: a slow target holds up whoever calls,
 * with what its kernel and ours have room for under way.
 */
export class StreamCarrier implements Carrier {
  readonly #parts: StreamCarrierParts
  readonly #delivery: StreamDelivery
  readonly #log = new SentLog(SETTLE_MS)
  #widestWindow = 0
  #look: NodeJS.Timeout | null = null
  #error: unknown = null
  #closing = false
  readonly #gone: Promise<void>

  /** @throws SystemError when the connection is gone already */
  constructor(parts: StreamCarrierParts) {
    this.#parts = parts
    const { peer } = parts
    if (peer.destroyed) throw new Error('the connection broke before it began')
    this.#delivery = new StreamDelivery(descriptorOf(peer))
    this.#delivery.limitSilence(SILENCE_MS)
    peer.setNoDelay(true)
    peer.setKeepAlive(true, KEEP_ALIVE_MS)
    peer.on('error', (error) => {
      this.#error ??= error
    })
    this.#gone = new Promise((resolve) => {
      peer.once('close', () => {
        this.#end()
        resolve()
      })
    })
    // Nothing is expected from there but its farewell.
    peer.resume()
  }

  async send({ count, framed, fresh, through }: Parcel): Promise<void> {
    if (framed !== null && framed.length > 0) await this.#write(framed)
    const { takenBytes, unacknowledgedBytes } = this.#delivery.read()
    this.#log.add({ through, count, fresh, end: takenBytes + unacknowledgedBytes })
    this.#report()
  }

  async close(): Promise<void> {
    this.#closing = true
    const { peer } = this.#parts
    peer.end()
    const patience = setTimeout(() => peer.destroy(), FAREWELL_MS)
    await this.#gone
    clearTimeout(patience)
  }

  #write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const { peer } = this.#parts
      if (peer.destroyed || peer.writableEnded) {
        reject(new Error(this.#reason()))
        return
      }
      peer.write(bytes, (error) => (error === null || error === undefined ? resolve() : reject(error)))
    })
  }

  /** Tells how far the target is, and again as long as something is under way. */
  #report(): void {
    const { clock, events } = this.#parts
    const nowMs = clock.monotonicMs()
    const { takenBytes, unacknowledgedBytes, windowBytes } = this.#delivery.read()
    this.#widestWindow = Math.max(this.#widestWindow, windowBytes)
    const news = this.#log.taken(takenBytes, nowMs, unacknowledgedBytes === 0)
    if (news !== null) events.taken(news.fresh, news.through)
    // What its program does not read narrows the window that its kernel offers.
    const settled = this.#log.settle(nowMs, this.#widestWindow - windowBytes)
    if (settled !== null) events.settled(settled)
    if (this.#log.isEmpty) return
    this.#look ??= setTimeout(() => {
      this.#look = null
      this.#report()
    }, LOOK_MS)
  }

  /** The connection is closed on our side; for the other side it is once the watch lets go of it. */
  #end(): void {
    if (this.#look !== null) clearTimeout(this.#look)
    const { clock, events } = this.#parts
    const nowMs = clock.monotonicMs()
    const news = this.#log.taken(this.#delivery.read().takenBytes, nowMs)
    if (news !== null) events.taken(news.fresh, news.through)
    const inOrder = this.#closing && this.#error === null
    const settled = inOrder ? this.#log.settleTaken(nowMs) : null
    if (settled !== null) events.settled(settled)
    this.#delivery.close()
    events.broken({ reason: this.#reason(), maybeLost: this.#error === null ? 0 : this.#log.passedLately(nowMs) })
  }

  #reason(): string {
    return this.#error === null ? 'closed by the target' : wordsOfNetworkError(this.#error)
  }
}

/** The descriptor under a connection, also of one with TLS on it; Node has no other way to tell it. */
function descriptorOf(peer: Socket): number {
  const handle: unknown = Reflect.get(peer, '_handle')
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined
  if (typeof fd !== 'number' || fd < 0) throw new Error('the connection broke before it began')
  return fd
}

/** A program reads within that time what its kernel has taken, and keeps it. */
const SETTLE_MS = 1000
const LOOK_MS = 100
const KEEP_ALIVE_MS = 30_000
/** So long nothing that we sent was acknowledged: the target is gone without a word. */
const SILENCE_MS = 60_000
const FAREWELL_MS = 500
