import type { NeighbourFault } from './router-solicitation.ts'

const FAULTS: readonly NeighbourFault[] = ['hop_limit', 'code', 'short', 'option', 'source']

/** Counts what was heard of Neighbour Discovery: each message once. */
export class NeighbourTally {
  readonly #counts = new Map<string, number>(
    ['router_solicitations', 'foreign_advertisements', ...FAULTS.map((fault) => `neighbour_${fault}`)].map((name) => [
      name,
      0,
    ]),
  )

  count(outcome: 'router_solicitations' | 'foreign_advertisements' | NeighbourFault): void {
    const name = this.#counts.has(outcome) ? outcome : `neighbour_${outcome}`
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  counters(): Record<string, number> {
    return Object.fromEntries(this.#counts)
  }
}
