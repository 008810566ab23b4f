import { Pins } from './pins.ts'
import { type KeptSender, Sender } from './sender.ts'
import type { DeviceGap } from './sequence-count.ts'

/** Who has sent for this long is known, and no flood of strangers takes its place. */
const KNOWN_AFTER_MS = 10 * 60_000
const MOST_KNOWN = 4096
const MOST_STRANGERS = 1024
/** A known one that is silent for this long makes room for another. */
const FORGOTTEN_AFTER_MS = 30 * 86_400_000

/** A gap in the numbering of somebody's devices. */
export interface SenderGap extends DeviceGap {
  readonly address: string
}

/**
 * All senders, by address. Newcomers are strangers until they have sent for ten minutes; the oldest stranger goes when there
 * are too many.
 *
 * @attack a flood from a million forged addresses: it pushes out strangers alone, and takes no more memory than 1,024 of them
 */
export class SenderBook {
  readonly #known = new Map<string, Sender>()
  readonly #strangers = new Map<string, Sender>()
  /** The same in the order in which they came, the oldest at `#oldest`; to ask a map for its oldest takes longer the more went. */
  readonly #queue: (Sender | undefined)[] = new Array(MOST_STRANGERS).fill(undefined)
  #oldest = 0
  #pins: Pins
  #overlooked = 0

  constructor(pins: Pins = new Pins([]), kept: readonly KeptSender[] = []) {
    this.#pins = pins
    for (const each of kept.slice(0, MOST_KNOWN)) {
      const sender = new Sender(each.address, each.first_ms, each)
      if (each.last_ms - each.first_ms < KNOWN_AFTER_MS) this.#addStranger(sender)
      else this.#known.set(each.address, this.#listed(sender))
    }
  }

  /** Strangers that had to make room. */
  get overlooked(): number {
    return this.#overlooked
  }

  get size(): number {
    return this.#known.size + this.#strangers.size
  }

  /** The sender with this address; a new one is written down. */
  of(address: string, nowMs: number): Sender {
    const found = this.#known.get(address) ?? this.#strangers.get(address)
    if (found !== undefined) return found
    return this.#addStranger(new Sender(address, nowMs))
  }

  /** A sender that somebody still has in hand came again after it had to make room: it is listed once more. */
  relist(sender: Sender): void {
    if (sender.isListed || this.#known.has(sender.address) || this.#strangers.has(sender.address)) return
    this.#addStranger(sender)
  }

  /** Takes over what is pinned now. */
  setPins(pins: Pins): void {
    this.#pins = pins
    for (const sender of this.all()) sender.pin = pins.of(sender.address)
  }

  /** Makes known whoever has sent for long enough. @returns gaps in numberings found since the last call */
  look(nowMs: number): readonly SenderGap[] {
    for (const [address, sender] of this.#strangers) {
      if (sender.lastMs - sender.firstMs < KNOWN_AFTER_MS) continue
      if (this.#known.size >= MOST_KNOWN && !this.#forgetOne(nowMs)) continue
      this.#strangers.delete(address)
      this.#known.set(address, sender)
    }
    return [...this.all()].flatMap((sender) => {
      if (!sender.sequences.isPending) return []
      return sender.sequences.settle(nowMs).map((gap) => ({ ...gap, address: sender.address }))
    })
  }

  *all(): Generator<Sender> {
    yield* this.#known.values()
    yield* this.#strangers.values()
  }

  /** Those that have sent: who connected and said nothing, as a probe or a scan of ports does, is none. */
  heard(): Sender[] {
    return [...this.all()].filter((sender) => sender.messages > 0)
  }

  /** What is kept over a restart: all that are known, and of the strangers the newest. */
  kept(): readonly KeptSender[] {
    const strangers = [...this.#strangers.values()].filter(({ messages }) => messages > 0).slice(-KEPT_STRANGERS)
    return [...this.#known.values(), ...strangers].map((sender) => sender.kept())
  }

  /** In the place of the oldest stranger, unless that one is known by now. */
  #addStranger(sender: Sender): Sender {
    const oldest = this.#queue[this.#oldest]
    if (oldest !== undefined && this.#strangers.get(oldest.address) === oldest) {
      this.#strangers.delete(oldest.address)
      oldest.isListed = false
      this.#overlooked += 1
    }
    this.#queue[this.#oldest] = sender
    this.#oldest = (this.#oldest + 1) % MOST_STRANGERS
    this.#strangers.set(sender.address, sender)
    return this.#listed(sender)
  }

  #listed(sender: Sender): Sender {
    sender.isListed = true
    sender.pin = this.#pins.of(sender.address)
    return sender
  }

  /** @returns whether there is room now */
  #forgetOne(nowMs: number): boolean {
    for (const [address, sender] of this.#known) {
      if (nowMs - sender.lastMs < FORGOTTEN_AFTER_MS) continue
      sender.isListed = false
      this.#known.delete(address)
      return true
    }
    return false
  }
}

const KEPT_STRANGERS = 256
