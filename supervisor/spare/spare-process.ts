import { openSocketPair } from '../../daemons/linux/open-pipe.ts'
import { closeFd } from '../../daemons/linux/open-socket.ts'
import { receiveDescriptors, sendDescriptors } from '../../daemons/linux/passed-descriptors.ts'
import { watchReadable } from '../../daemons/linux/watch-readable.ts'
import { MAX_ORDER_BYTES, type SpareOrder } from '../../daemons/runtime/spare-order.ts'
import type { Cgroup } from '../cgroup/cgroup.ts'
import { Child, type ChildEvents } from '../child/child.ts'
import type { Launch } from '../child/launch.ts'
import { describeEnd } from '../service/life-steps.ts'

/** What a spare tells as long as it is one; `ended` at most once. */
export interface SpareEvents {
  loaded(): void
  ended(why: string): void
  line(line: string): void
}

/** One spare, from its start until it becomes a daemon or ends. */
export class SpareProcess {
  readonly #events: SpareEvents
  readonly #orders: number
  #child: Child | null = null
  #watch: { stop(): void } | null = null
  /** Whom its process tells what it does, once it is a daemon. */
  #heir: ChildEvents | null = null
  #open = true

  private constructor(orders: number, events: SpareEvents) {
    this.#orders = orders
    this.#events = events
  }

  /**
   * Starts a spare.
   *
   * @param group that it will be alone in, also as the daemon that it becomes
   * @returns null when it could not be started; `ended` tells why, now or a moment later
   * @throws SystemError when descriptors have run out
   */
  static start(launch: Launch, group: Cgroup | null, events: SpareEvents): SpareProcess | null {
    const [ours, theirs] = openSocketPair('messages')
    const spare = new SpareProcess(ours, events)
    try {
      spare.#child = Child.start(launch, { fds: [theirs], own: true, notifyFd: null, group }, spare.#childEvents())
    } finally {
      closeFd(theirs)
      if (spare.#child === null) spare.#close()
    }
    if (spare.#child === null) return null
    spare.#watch = watchReadable(ours, () => spare.#hear())
    return spare
  }

  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  /**
   * Makes it a daemon: what its process does from now on is told to `heir`.
   *
   * @param fds the held sockets, in the order of LISTEN_FDNAMES
   * @returns its process; null when it is dying: it got no order then, and `heir` hears nothing
   */
  become(order: SpareOrder, fds: readonly number[], heir: ChildEvents): Child | null {
    if (!this.#open) return null
    try {
      sendDescriptors(this.#orders, Buffer.from(JSON.stringify(order)), fds)
    } catch {
      return null
    }
    this.#heir = heir
    this.#close()
    return this.#child
  }

  /** Ends it at once: it has nothing to finish. */
  end(): void {
    this.#child?.signal('SIGKILL')
  }

  #childEvents(): ChildEvents {
    return {
      onReady: () => undefined,
      onRefused: (error) => this.#events.ended(error),
      onLine: (line) => (this.#heir ?? { onLine: this.#events.line }).onLine(line),
      onSilence: () => this.#heir?.onSilence(),
      onAsk: (method, params) => this.#heir?.onAsk(method, params) ?? Promise.reject(new Error('a spare asks nothing')),
      onExit: (code, signal) => {
        this.#close()
        if (this.#heir !== null) this.#heir.onExit(code, signal)
        else this.#events.ended(describeEnd({ reason: signal === null ? 'exit' : 'signal', code, signal }))
      },
    }
  }

  /** Its only word is that it is loaded; where it ends without it, its exit says the rest. */
  #hear(): void {
    this.#watch?.stop()
    this.#watch = null
    try {
      if (receiveDescriptors(this.#orders, MAX_ORDER_BYTES) !== null) this.#events.loaded()
    } catch {
      this.end()
    }
  }

  #close(): void {
    if (!this.#open) return
    this.#open = false
    this.#watch?.stop()
    closeFd(this.#orders)
  }
}
