import type { Lease } from '../leases/lease.ts'

/** One that wandered once has a new card; who goes to and fro is two machines, or one with a dock. */
const CHANGES = 3
const WITHIN_MS = 24 * 3600 * 1000
/** @attack made-up clients push out the oldest, and no more than this is kept */
const CAPACITY = 1024

interface Changes {
  readonly sinceMs: number
  readonly count: number
}

/**
 * Clients whose lease goes to and fro between hardware addresses: machines that were copied with their client identifier,
 * which have one address by the letter of the protocol (RFC 2131 section 4.2), and then use it both.
 */
export class SharedIdentities {
  readonly #byClient = new Map<string, Changes>()

  /**
   * Takes in that a lease replaced another.
   *
   * @returns whether that is the third change of its hardware address within a day
   */
  note(before: Lease | undefined, after: Lease, nowMs: number): boolean {
    if (before === undefined || !isSameUnderOtherHardware(before, after)) return false
    const known = this.#byClient.get(after.client)
    const isOld = known === undefined || nowMs - known.sinceMs >= WITHIN_MS
    const changes = isOld ? { sinceMs: nowMs, count: 1 } : { ...known, count: known.count + 1 }
    this.#byClient.delete(after.client)
    this.#byClient.set(after.client, changes)
    for (const oldest of this.#byClient.keys()) {
      if (this.#byClient.size <= CAPACITY) break
      this.#byClient.delete(oldest)
    }
    return changes.count === CHANGES
  }
}

/** Several cards of one reservation are meant to be one host. */
function isSameUnderOtherHardware(before: Lease, after: Lease): boolean {
  if (before.state !== 'bound' || after.state !== 'bound' || after.client.startsWith('r')) return false
  return before.client === after.client && before.mac !== after.mac && before.mac !== '' && after.mac !== ''
}
