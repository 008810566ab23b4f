import type { Binding } from './binding.ts'
import type { BindingStore } from './binding-store.ts'

/** Keeps leases as long as the object lives: for tests. A failure can be switched on as a full disk would do it. */
export class MemoryBindingStore implements BindingStore {
  readonly #bindings = new Map<bigint, Binding>()
  /** The next commits throw this. */
  failure: Error | null = null

  load(): readonly Binding[] {
    return [...this.#bindings.values()]
  }

  commit(bindings: readonly Binding[], forgotten: readonly bigint[]): void {
    if (this.failure !== null) throw this.failure
    for (const address of forgotten) this.#bindings.delete(address)
    for (const binding of bindings) this.#bindings.set(binding.address, binding)
  }

  prove(): void {
    this.commit([], [])
  }
}
