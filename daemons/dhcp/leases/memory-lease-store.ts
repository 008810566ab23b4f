import { MemoryBindingStore } from '../v6/memory-binding-store.ts'
import type { Lease } from './lease.ts'
import type { LeaseStore } from './lease-store.ts'

/** Keeps leases as long as the object lives: for tests. A failure can be switched on as a full disk would do it. */
export class MemoryLeaseStore implements LeaseStore {
  readonly #leases = new Map<number, Lease>()
  readonly beganMs: number
  readonly bindings = new MemoryBindingStore()
  /** The next commits throw this. */
  failure: Error | null = null

  constructor(beganMs: number) {
    this.beganMs = beganMs
  }

  load(): readonly Lease[] {
    return [...this.#leases.values()]
  }

  commit(leases: Iterable<Lease>): void {
    if (this.failure !== null) throw this.failure
    for (const lease of leases) this.#leases.set(lease.address, lease)
  }

  prove(): void {
    if (this.failure !== null) throw this.failure
  }

  close(): void {
    this.failure = new Error('the lease store is closed')
  }
}
