/** Those who wait for an answer that is not there yet. */
export class Waiters {
  readonly #checks = new Set<() => boolean>()

  /** Resolves with what `look` finds, as soon as that is not null. */
  until<T>(look: () => T | null): Promise<T> {
    return new Promise((resolve) => {
      const check = (): boolean => {
        const found = look()
        if (found !== null) resolve(found)
        return found !== null
      }
      if (!check()) this.#checks.add(check)
    })
  }

  /** Something changed: has everyone look again. */
  look(): void {
    for (const check of [...this.#checks]) if (check()) this.#checks.delete(check)
  }
}
