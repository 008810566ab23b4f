import type { BindingStore } from '../v6/binding-store.ts'
import type { Lease } from './lease.ts'

/** Where leases outlive the daemon. Times are wall times here. */
export interface LeaseStore {
  /** Since when every lease given is in it; 0 = for longer than anybody remembers. */
  readonly beganMs: number
  /** Those of IPv6. */
  readonly bindings: BindingStore
  /**
   * Every lease stored, one for each address, in any order; read while they are gone through.
   *
   * @throws when they cannot be read, also on the way
   */
  load(): Iterable<Lease>
  /**
   * Stores leases, each in place of the one of the same address, all or none. On return they survive a crash.
   *
   * @throws when they could not be stored
   */
  commit(leases: Iterable<Lease>): void
  /**
   * Commits a mark and no lease, which shows whether a lease could be stored now.
   *
   * @throws as `commit` would
   */
  prove(wallMs: number): void
  close(): void
}
