import { type Lease, portKey } from './lease.ts'

/** How many leases run of each port behind a relay. A port without any takes no room. */
export class PortCounts {
  readonly #counts = new Map<string, number>()

  /** @param port see `portKey` */
  of(port: string): number {
    return this.#counts.get(port) ?? 0
  }

  count(lease: Lease, by: 1 | -1): void {
    const port = portKey(lease)
    if (port === null) return
    const count = this.of(port) + by
    if (count > 0) this.#counts.set(port, count)
    else this.#counts.delete(port)
  }
}
