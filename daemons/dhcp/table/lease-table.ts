import { isOccupied, type Lease } from '../leases/lease.ts'
import { type AddressRange, isWithin } from '../subnets/pools.ts'
import { HashIndex } from './hash-index.ts'
import { hashText } from './hash-text.ts'
import { LeaseColumns } from './lease-columns.ts'
import { packTexts, unpackMac, unpackTexts } from './lease-record.ts'
import { RecordSlab } from './record-slab.ts'

/**
 * Leases by address and by client, one for each address, in a tenth of the memory that an object for each would take, and
 * with nothing in it for the collector to visit. Every look makes a fresh object.
 */
export class LeaseTable {
  readonly #columns = new LeaseColumns()
  readonly #records = new RecordSlab()
  readonly #byAddress = new HashIndex()
  readonly #byClient = new HashIndex()
  readonly #seed: number

  /** @param seed of the hash of clients; see `hashText` */
  constructor(seed: number) {
    this.#seed = seed
  }

  get size(): number {
    return this.#byAddress.size
  }

  /** A small number that stands for the address as long as there is a lease of it; -1 = there is none. */
  rowOf(address: number): number {
    return this.#byAddress.find(address)
  }

  /** `isOccupied` for the lease in a row, which need not be made for it. */
  isOccupied(row: number, nowMs: number): boolean {
    return isOccupied({ state: this.#columns.state(row), endsMs: this.#columns.endsMs[row] ?? 0 }, nowMs)
  }

  at(address: number): Lease | undefined {
    const row = this.rowOf(address)
    return row < 0 ? undefined : this.in(row)
  }

  /** The lease that a client has or had last. */
  of(client: string): Lease | undefined {
    let found: Lease | undefined
    this.#byClient.find(hashText(client, this.#seed), (row) => {
      found = this.in(row)
      return found.client === client
    })
    return found?.client === client ? found : undefined
  }

  /** @param row one that `rowOf` gave */
  in(row: number): Lease {
    const { address, startsMs, endsMs, relay, record } = this.#columns
    const { client, mac, clientId, hostname, circuitId, remoteId } = unpackTexts(this.#records.at(record[row] ?? 0))
    return {
      address: address[row] ?? 0,
      client,
      mac,
      clientId,
      hostname,
      state: this.#columns.state(row),
      startsMs: startsMs[row] ?? 0,
      endsMs: endsMs[row] ?? 0,
      relay: relay[row] ?? 0,
      circuitId,
      remoteId,
      reserved: this.#columns.reserved(row),
    }
  }

  /**
   * Enters a lease in place of the one of its address. It is the one to find by its client, unless it was declined.
   *
   * @param order `loaded`: of the leases of one client, that which ends last is the one to find
   * @returns its row
   */
  put(lease: Lease, order: 'new' | 'loaded' = 'new'): number {
    this.delete(lease.address)
    const columns = this.#columns
    const row = columns.take()
    columns.address[row] = lease.address
    columns.startsMs[row] = lease.startsMs
    columns.endsMs[row] = lease.endsMs
    columns.relay[row] = lease.relay
    columns.record[row] = this.#records.put(packTexts(lease))
    columns.client[row] = hashText(lease.client, this.#seed)
    columns.mark(row, lease.state, lease.reserved)
    this.#byAddress.add(lease.address, row)
    if (lease.state !== 'declined') this.#enterClient(lease.client, row, order)
    return row
  }

  delete(address: number): void {
    const row = this.rowOf(address)
    if (row < 0) return
    this.#byClient.delete(this.#columns.client[row] ?? 0, row)
    this.#byAddress.delete(address, row)
    this.#records.free(this.#columns.record[row] ?? 0)
    this.#columns.free(row)
  }

  /**
   * Calls clients otherwise, without a look at the leases of others.
   *
   * @param macs hardware addresses of the leases that may be meant
   * @param rename the client of one of them from now on
   * @returns those that changed, as they are now; of several of one client, that which ends last is the one to find
   */
  renameClients(macs: ReadonlySet<string>, rename: (lease: Lease) => string): readonly Lease[] {
    const columns = this.#columns
    const changed: Lease[] = []
    const hashes = new Set<number>()
    for (const row of columns.rows()) {
      const handle = columns.record[row] ?? 0
      if (!macs.has(unpackMac(this.#records.at(handle)))) continue
      const before = this.in(row)
      const lease = { ...before, client: rename(before) }
      if (lease.client === before.client) continue
      const hash = columns.client[row] ?? 0
      this.#byClient.delete(hash, row)
      this.#records.free(handle)
      columns.record[row] = this.#records.put(packTexts(lease))
      columns.client[row] = hashText(lease.client, this.#seed)
      hashes.add(hash).add(columns.client[row] ?? 0)
      changed.push(lease)
    }
    if (changed.length > 0) this.#enterAnew(hashes)
    return changed
  }

  /** The lease in a row need not be made for these two. */
  addressIn(row: number): number {
    return this.#columns.address[row] ?? 0
  }

  stateIn(row: number): Lease['state'] {
    return this.#columns.state(row)
  }

  /** Those in use. */
  rows(): Iterable<number> {
    return this.#columns.rows()
  }

  /** @param span of their addresses; absent = all */
  *values(span?: AddressRange): Iterable<Lease> {
    for (const row of this.#columns.rows())
      if (span === undefined || isWithin(span, this.addressIn(row))) yield this.in(row)
  }

  *addresses(): Iterable<number> {
    for (const row of this.#columns.rows()) yield this.addressIn(row)
  }

  /** Addresses that no lease keeps from others, the one whose lease ended first before others. */
  endedBy(nowMs: number): readonly number[] {
    const { address, endsMs } = this.#columns
    const rows: number[] = []
    for (const row of this.#columns.rows()) if (!this.isOccupied(row, nowMs)) rows.push(row)
    const end = (row: number): number => Math.min(Number.MAX_VALUE, endsMs[row] ?? 0)
    return rows.sort((one, other) => end(one) - end(other)).map((row) => address[row] ?? 0)
  }

  /** Clients of these hashes are found as if their leases had just been loaded. */
  #enterAnew(hashes: ReadonlySet<number>): void {
    const { client: hashOf } = this.#columns
    for (const row of this.#columns.rows()) {
      if (!hashes.has(hashOf[row] ?? 0) || this.stateIn(row) === 'declined') continue
      this.#byClient.delete(hashOf[row] ?? 0, row)
      this.#enterClient(this.in(row).client, row, 'loaded')
    }
  }

  #enterClient(client: string, row: number, order: 'new' | 'loaded'): void {
    const { client: hashes, endsMs } = this.#columns
    const hash = hashes[row] ?? 0
    const before = this.#byClient.find(hash, (other) => this.in(other).client === client)
    if (before >= 0 && order === 'loaded' && (endsMs[before] ?? 0) > (endsMs[row] ?? 0)) return
    if (before >= 0) this.#byClient.delete(hash, before)
    this.#byClient.add(hash, row)
  }
}
