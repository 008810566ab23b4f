import type { DatagramBatch } from '../linux/datagram-batch.ts'
import type { RateLimits } from './limits/rate-limits.ts'
import type { Origin } from './origin.ts'
import { RecentHeader } from './parse/recent-header.ts'
import type { SenderBook } from './senders/sender-book.ts'
import { formatSource } from './store/stored-line.ts'
import { senderOf } from './streams/connection-table.ts'

/** Senders remembered per listener; beyond that all are forgotten and named afresh. */
const REMEMBERED = 4096

/**
 * The part of a stored line that names sender and listener, and what is known of the sender, remembered per address and port
 * so that a busy one costs one look-up.
 *
 * @attack forged source addresses: the memory is bounded
 */
export class SourceNames {
  /** The listen URL. */
  readonly via: string
  readonly #senders: SenderBook
  readonly #limits: RateLimits
  #unix: Origin | null = null
  readonly #ipv4 = new Map<number, Origin>()
  readonly #ipv6 = new Map<string, Origin>()

  /** @param via the listen URL */
  constructor(via: string, senders: SenderBook, limits: RateLimits) {
    this.via = via
    this.#senders = senders
    this.#limits = limits
  }

  /** Names the sender of a slot. @param second when it came, for one that is new */
  of(batch: DatagramBatch, slot: number, second: number): Origin {
    const length = batch.peerLength(slot)
    if (length === 0) {
      this.#unix ??= this.#origin('unix', second)
      return this.#unix
    }
    const offset = batch.peerOffset(slot)
    const port = batch.peerPort(slot)
    if (length === 4)
      return remember(this.#ipv4, batch.peers.readUInt32BE(offset) * 65536 + port, () =>
        this.#origin(batch.peerText(slot), second),
      )
    const key = `${port} ${batch.peers.toString('latin1', offset, offset + 16)}`
    return remember(this.#ipv6, key, () => this.#origin(batch.peerText(slot), second))
  }

  #origin(peer: string, second: number): Origin {
    const address = addressOf(peer)
    return {
      peer,
      text: formatSource(peer, this.via),
      sender: this.#senders.of(address, second * 1000),
      recent: new RecentHeader(),
      allowance: address === 'unix' ? null : this.#limits.of(senderOf(address)),
    }
  }
}

/** The address in `ip:port` or `[ip6]:port`; `unix` stays. */
export function addressOf(peer: string): string {
  const colon = peer.lastIndexOf(':')
  return (colon < 0 ? peer : peer.slice(0, colon)).replace(/^\[|\]$/g, '')
}

function remember<Key>(known: Map<Key, Origin>, key: Key, name: () => Origin): Origin {
  const found = known.get(key)
  if (found !== undefined) return found
  if (known.size >= REMEMBERED) known.clear()
  const fresh = name()
  known.set(key, fresh)
  return fresh
}
