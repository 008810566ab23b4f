import { FloodLimits, type Limited } from '../abuse/flood-limits.ts'
import { leaseState } from '../leases/lease.ts'
import { formatHex } from '../message/hex.ts'
import type { DhcpLimits } from '../section.ts'
import type { Inquiry6 } from './decision.ts'
import { linkAddressOf } from './message.ts'

/**
 * Leaves out messages beyond the limits: of one client, by its hardware address where that is known, else by its DUID or the
 * address that it wrote from; of one port behind a relay agent; of one link. Clients that have a lease are not counted for their port and link.
 *
 * @attack thousands of messages under made-up DUIDs
 */
export class FloodGuard6 {
  readonly #limits: FloodLimits

  /** @param seed of hashes; see `hashText` */
  constructor(limits: DhcpLimits, seed = 0) {
    this.#limits = new FloodLimits(limits, seed)
  }

  /** Counts a message; the limit that it is beyond, or null when it is to be served. @param device null where relay agents send to */
  admit(inquiry: Omit<Inquiry6, 'book'>, device: string | null, monotonicMs: number): Limited | null {
    const { mac, duid, source, relays } = inquiry
    const nearest = relays.at(-1)
    const port = nearest?.interfaceId ?? nearest?.remoteId ?? null
    const origin = {
      client: mac || duid || String(source),
      port: port === null ? null : formatHex(port),
      link: String(linkAddressOf(relays) || (device ?? '')),
    }
    return this.#limits.admit(origin, monotonicMs, () => isBound(inquiry))
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
