import type { Clock } from '../../runtime/contract.ts'
import type { ForwardHttp, ForwardSection } from '../section.ts'
import { type BatchItem, formatBatch } from './batch-body.ts'
import { type Carrier, type CarrierEvents, type Parcel, wordsOfNetworkError } from './carrier.ts'
import type { Post, PostAnswer } from './http-post.ts'
import { readRetryAfter } from './retry-after.ts'

export interface BatchCarrierParts {
  readonly section: Pick<ForwardSection, 'format'>
  readonly http: ForwardHttp
  readonly post: Post
  readonly clock: Pick<Clock, 'wallMs'>
  readonly events: CarrierEvents
}

/**
 * Sends messages in batches, each acknowledged by the target before the next one goes. A batch that it refuses for what is
 * in it is halved until the message is found; that one is set aside and holds up nothing. None is set aside that was not
 * refused by itself.
 */
export class BatchCarrier implements Carrier {
  readonly #parts: BatchCarrierParts
  #items: BatchItem[] = []
  #bytes = 0
  #fresh = 0
  #through = 0
  #timer: NodeJS.Timeout | null = null
  #flushing: Promise<void> = Promise.resolve()
  #broken = false

  constructor(parts: BatchCarrierParts) {
    this.#parts = parts
  }

  async send({ messages, records, fresh, through }: Parcel): Promise<void> {
    for (const [index, record] of records.entries()) {
      const line = messages[index] ?? ''
      this.#items.push({ record, line })
      this.#bytes += line.length
    }
    this.#fresh += fresh
    this.#through = through
    const { sizeBytes, waitMs } = this.#parts.http.batch
    if (this.#bytes >= sizeBytes) await this.#flush()
    else this.#timer ??= setTimeout(() => void this.#flush(), waitMs)
  }

  async close(): Promise<void> {
    const patience = setTimeout(() => this.#parts.post.close(), FAREWELL_MS)
    await this.#flush()
    clearTimeout(patience)
    this.#parts.post.close()
  }

  /** Sends what there is, after what is being sent. Never rejects: what breaks is told. */
  #flush(): Promise<void> {
    this.#stopTimer()
    const [items, fresh, through] = [this.#items, this.#fresh, this.#through]
    this.#items = []
    this.#bytes = 0
    this.#fresh = 0
    this.#flushing = this.#flushing.then(() => this.#deliver(items, fresh, through))
    return this.#flushing
  }

  async #deliver(items: readonly BatchItem[], fresh: number, through: number): Promise<void> {
    if (this.#broken) return
    const { events } = this.#parts
    try {
      await this.#divide(items, items.length - fresh)
      events.taken(0, through)
      events.settled(through)
    } catch (error) {
      this.#broken = true
      const retryAfterMs = error instanceof TargetTrouble ? error.retryAfterMs : 0
      events.broken({ reason: wordsOfNetworkError(error), maybeLost: 0, retryAfterMs })
    }
  }

  /**
   * Tells of each part as soon as it is dealt with: what breaks later takes none of that back.
   *
   * @param old so many at the beginning were with the target before
   * @throws Error when it is not the messages that are wrong
   */
  async #divide(batch: readonly BatchItem[], old: number): Promise<void> {
    const { events } = this.#parts
    const left: (readonly BatchItem[])[] = batch.length === 0 ? [] : [batch]
    let dealtWith = 0
    let inRow = 0
    for (let items = left.pop(); items !== undefined; items = left.pop()) {
      if (inRow >= REFUSED_IN_ROW && items.length > 1) {
        left.push(items.slice(1))
        items = items.slice(0, 1)
      }
      const answer = await this.#ask(items)
      if (answer !== null && items.length > 1) {
        const middle = Math.ceil(items.length / 2)
        left.push(items.slice(middle), items.slice(0, middle))
        continue
      }
      if (answer !== null) events.refused([items[0]?.line ?? ''], wordsOf(answer))
      inRow = answer === null ? 0 : inRow + 1
      const fresh = dealtWith + items.length - Math.max(dealtWith, old)
      dealtWith += items.length
      const through = items.at(-1)?.record.seq ?? 0
      events.taken(answer === null ? Math.max(0, fresh) : 0, through)
      events.settled(through)
    }
  }

  /** @returns null when they are taken, else the answer that refuses them. @throws Error for any other answer */
  async #ask(items: readonly BatchItem[]): Promise<PostAnswer | null> {
    const { post, section, http, clock } = this.#parts
    const { body, contentType } = formatBatch(items, section.format, http.labels)
    const answer = await post.send(body, contentType)
    if (answer.status >= 200 && answer.status < 300) return null
    if (REFUSALS.has(answer.status)) return answer
    throw new TargetTrouble(wordsOf(answer), readRetryAfter(answer.retryAfter, clock.wallMs()))
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }
}

/** It answers, and not as it should. */
class TargetTrouble extends Error {
  override readonly name = 'TargetTrouble'
  readonly retryAfterMs: number

  constructor(message: string, retryAfterMs: number) {
    super(message)
    this.retryAfterMs = retryAfterMs
  }
}

function wordsOf({ status, text }: PostAnswer): string {
  return `it answers ${status}${text === '' ? '' : `: ${text}`}`
}

/** What is wrong is in the batch: bad request, too large, cannot be processed. @rfc 9110 section 15.5 */
const REFUSALS: ReadonlySet<number> = new Set([400, 413, 422])
/** After so many, one after the other, each is asked for by itself: halving would take twice as long. */
const REFUSED_IN_ROW = 8
/** For the last batch when we go. */
const FAREWELL_MS = 500
