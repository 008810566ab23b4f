import type { DatagramBatch } from '../linux/datagram-batch.ts'
import { formatSource } from './stored-line.ts'

/** Senders remembered per listener; beyond that all are forgotten and named afresh. */
const REMEMBERED = 4096

/**
 * The part of a stored line that names sender and listener, remembered per sender so that a busy one costs nothing.
 *
 * @attack forged source addresses: the memory is bounded
 */
export class SourceNames {
  /** The listen URL. */
  readonly via: string
  readonly #unix: Uint8Array
  readonly #ipv4 = new Map<number, Uint8Array>()
  readonly #ipv6 = new Map<string, Uint8Array>()

  /** @param via the listen URL */
  constructor(via: string) {
    this.via = via
    this.#unix = formatSource('unix', via)
  }

  /** Names the sender of a slot. */
  of(batch: DatagramBatch, slot: number): Uint8Array {
    const length = batch.peerLength(slot)
    if (length === 0) return this.#unix
    const offset = batch.peerOffset(slot)
    const port = batch.peerPort(slot)
    if (length === 4)
      return remember(this.#ipv4, batch.peers.readUInt32BE(offset) * 65536 + port, () => this.#name(batch, slot))
    const key = `${port} ${batch.peers.toString('latin1', offset, offset + 16)}`
    return remember(this.#ipv6, key, () => this.#name(batch, slot))
  }

  #name(batch: DatagramBatch, slot: number): Uint8Array {
    return formatSource(batch.peerText(slot), this.via)
  }
}

function remember<Key>(known: Map<Key, Uint8Array>, key: Key, name: () => Uint8Array): Uint8Array {
  const found = known.get(key)
  if (found !== undefined) return found
  if (known.size >= REMEMBERED) known.clear()
  const fresh = name()
  known.set(key, fresh)
  return fresh
}
