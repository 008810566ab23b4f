import type { Binding } from './binding.ts'

/** Where IPv6 leases outlive the daemon: in the same file as those of IPv4. Times are wall times here. */
export interface BindingStore {
  /** Every lease stored, one for each address, in any order. */
  load(): readonly Binding[]
  /**
   * Stores leases, each in place of the one of the same address, and forgets others, all or nothing. On return they survive
   * a crash.
   *
   * @param forgotten addresses that nothing is known of any more
   * @throws when they could not be stored
   */
  commit(bindings: readonly Binding[], forgotten: readonly bigint[]): void
  /**
   * Writes something that nobody needs, as durably as leases.
   *
   * @throws as `commit` would
   */
  prove(wallMs: number): void
}
