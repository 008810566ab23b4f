import type { Limited } from '../abuse/flood-guard.ts'
import { RateTable } from '../abuse/rate-table.ts'
import { leaseState } from '../leases/lease.ts'
import { formatHex } from '../message/hex.ts'
import type { DhcpLimits } from '../section.ts'
import type { Inquiry6 } from './decision.ts'
import { linkAddressOf } from './message.ts'

/** Clients, and ports, whose messages are counted at one time. */
const CLIENTS = 16_384
const PORTS = 16_384
const LINKS = 1024
/** What may come at once: a few seconds' worth. */
const BURST_SECONDS = 4

/**
 * Leaves out messages beyond the limits: of one client, by its hardware address where that is known, else by its DUID or the
 * address that it wrote from; of one port behind a relay agent; of one link. Clients that have a lease are not counted for their port and link.
 *
 * @attack thousands of messages under made-up DUIDs
 */
export class FloodGuard6 {
  readonly #byClient: RateTable
  readonly #byPort: RateTable
  readonly #byLink: RateTable

  /** @param seed of hashes; see `hashText` */
  constructor({ perMac, perPort, perLink }: DhcpLimits, seed = 0) {
    const rate = (perSecond: number): { perSecond: number; burst: number } => ({
      perSecond,
      burst: perSecond * BURST_SECONDS,
    })
    this.#byClient = new RateTable(rate(perMac), CLIENTS, seed)
    this.#byPort = new RateTable(rate(perPort), PORTS, seed)
    this.#byLink = new RateTable(rate(perLink), LINKS, seed)
  }

  /** Counts a message; the limit that it is beyond, or null when it is to be served. @param device null where relay agents send to */
  admit(inquiry: Omit<Inquiry6, 'book'>, device: string | null, monotonicMs: number): Limited | null {
    const { mac, duid, source, relays } = inquiry
    if (!this.#byClient.take(mac || duid || String(source), monotonicMs)) return 'limited_mac'
    const nearest = relays.at(-1)
    const link = String(linkAddressOf(relays) || (device ?? ''))
    const port = nearest?.interfaceId ?? nearest?.remoteId ?? null
    if (port !== null && !this.#byPort.take(`${link} ${formatHex(port)}`, monotonicMs) && !isBound(inquiry))
      return 'limited_port'
    if (!this.#byLink.take(link, monotonicMs) && !isBound(inquiry)) return 'limited_link'
    return null
  }
}

function isBound({ link, message, duid, nowMs }: Omit<Inquiry6, 'book'>): boolean {
  return link.some((subnet) =>
    message.associations.some(({ iaid }) => {
      const binding = subnet.of(`${duid}/${iaid}`)
      return binding !== undefined && leaseState(binding, nowMs) === 'bound'
    }),
  )
}
