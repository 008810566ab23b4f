import type { DhcpLimits } from '../section.ts'
import { RateTable } from './rate-table.ts'

/** Why a message is not looked at; each is a counter of its own. */
export type Limited = 'limited_mac' | 'limited_port' | 'limited_link'

/** Whom a message counts against. */
export interface Origin {
  readonly client: string
  /** On its link; null = none is told. */
  readonly port: string | null
  readonly link: string
}

/** Clients, and ports, whose messages are counted at one time. */
const CLIENTS = 16_384
const PORTS = 16_384
const LINKS = 1024
/** What may come at once: a few seconds' worth, for a switch that starts again with all its clients. */
const BURST_SECONDS = 4

/** Counts messages of each client, of each port behind a relay and of each link. */
export class FloodLimits {
  readonly #byClient: RateTable
  readonly #byPort: RateTable
  readonly #byLink: RateTable

  /** @param seed of hashes; see `hashText` */
  constructor({ perMac, perPort, perLink }: DhcpLimits, seed: number) {
    const rate = (perSecond: number): { perSecond: number; burst: number } => ({
      perSecond,
      burst: perSecond * BURST_SECONDS,
    })
    this.#byClient = new RateTable(rate(perMac), CLIENTS, seed)
    this.#byPort = new RateTable(rate(perPort), PORTS, seed)
    this.#byLink = new RateTable(rate(perLink), LINKS, seed)
  }

  /**
   * Counts a message.
   *
   * @param isBound whether its client has a lease: only looked at where a port or a link is full, since that does not count for such a one
   * @returns the limit that it is beyond, or null when it is to be served
   */
  admit({ client, port, link }: Origin, monotonicMs: number, isBound: () => boolean): Limited | null {
    if (!this.#byClient.take(client, monotonicMs)) return 'limited_mac'
    if (port !== null && !this.#byPort.take(`${link} ${port}`, monotonicMs) && !isBound()) return 'limited_port'
    if (!this.#byLink.take(link, monotonicMs) && !isBound()) return 'limited_link'
    return null
  }
}
