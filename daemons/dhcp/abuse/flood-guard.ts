import { leaseState } from '../leases/lease.ts'
import type { LeaseBook } from '../leases/lease-book.ts'
import { identifyClient, keyIn } from '../message/client-key.ts'
import { formatHex } from '../message/hex.ts'
import { hardwareAddress, type Message } from '../message/message.ts'
import { OPTION } from '../message/option-code.ts'
import { decodeRelayAgent } from '../message/relay-agent.ts'
import type { DhcpLimits } from '../section.ts'
import { FloodLimits, type Limited } from './flood-limits.ts'

/** Where a message comes from, and when. */
export interface FloodPlace {
  /** The attached network, or nothing where relays send to. */
  readonly device: string | null
  /** Option 82 without a relay is believed there. */
  readonly trusted?: boolean
  readonly book: LeaseBook
  /** Time of the lease clock. */
  readonly nowMs: number
  readonly monotonicMs: number
}

/**
 * Leaves out messages beyond the limits: of one hardware address, of one port behind a relay (option 82), of one link.
 * Clients that have a lease are not counted for their port and link, so that no flood keeps them from renewing.
 *
 * @attack perfdhcp and the like: thousands of DISCOVERs under made-up hardware addresses
 */
export class FloodGuard {
  readonly #limits: FloodLimits

  /** @param seed of hashes; see `hashText` */
  constructor(limits: DhcpLimits, seed = 0) {
    this.#limits = new FloodLimits(limits, seed)
  }

  /** Counts a message; the limit that it is beyond, or null when it is to be served. */
  admit(message: Message, place: FloodPlace): Limited | null {
    const { giaddr } = message
    const client = formatHex(hardwareAddress(message))
    const port = giaddr === 0 && place.trusted !== true ? null : portOf(message)
    const link = giaddr === 0 ? (place.device ?? '') : String(giaddr)
    return this.#limits.admit({ client, port, link }, place.monotonicMs, () => isBound(message, place))
  }
}

/** Circuit and remote id as the relay tells them, in hex. */
function portOf({ options }: Message): string | null {
  const value = options.get(OPTION.relayAgentInformation)
  const agent = value === undefined ? null : decodeRelayAgent(value)
  if (agent === null || (agent.circuitId === null && agent.remoteId === null)) return null
  return `${formatHex(agent.circuitId ?? NONE)}/${formatHex(agent.remoteId ?? NONE)}`
}

const NONE = new Uint8Array(0)

function isBound(message: Message, { book, nowMs }: FloodPlace): boolean {
  const identity = identifyClient(message)
  if (identity === null) return false
  return book.subnets.some((subnet) => {
    const lease = subnet.leaseOf(keyIn(subnet.plan, identity))
    return lease !== undefined && leaseState(lease, nowMs) === 'bound'
  })
}
