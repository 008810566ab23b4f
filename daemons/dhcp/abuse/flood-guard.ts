import { leaseState } from '../leases/lease.ts'
import type { LeaseBook } from '../leases/lease-book.ts'
import { identifyClient, keyIn } from '../message/client-key.ts'
import { formatHex } from '../message/hex.ts'
import { hardwareAddress, type Message } from '../message/message.ts'
import { OPTION } from '../message/option-code.ts'
import { decodeRelayAgent } from '../message/relay-agent.ts'
import type { DhcpLimits } from '../section.ts'
import { RateTable } from './rate-table.ts'

/** Why a message is not looked at; each is a counter of its own. */
export type Limited = 'limited_mac' | 'limited_port' | 'limited_link'

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

/** Hardware addresses, and ports, whose messages are counted at one time. */
const MACS = 16_384
const PORTS = 16_384
const LINKS = 1024
/** What may come at once: a few seconds' worth, for a switch that starts again with all its clients. */
const BURST_SECONDS = 4

/**
 * Leaves out messages beyond the limits: of one hardware address, of one port behind a relay (option 82), of one link.
 * Clients that have a lease are not counted for their port and link, so that no flood keeps them from renewing.
 *
 * @attack perfdhcp and the like: thousands of DISCOVERs under made-up hardware addresses
 */
export class FloodGuard {
  readonly #byMac: RateTable
  readonly #byPort: RateTable
  readonly #byLink: RateTable

  /** @param seed of hashes; see `hashText` */
  constructor({ perMac, perPort, perLink }: DhcpLimits, seed = 0) {
    const rate = (perSecond: number): { perSecond: number; burst: number } => ({
      perSecond,
      burst: perSecond * BURST_SECONDS,
    })
    this.#byMac = new RateTable(rate(perMac), MACS, seed)
    this.#byPort = new RateTable(rate(perPort), PORTS, seed)
    this.#byLink = new RateTable(rate(perLink), LINKS, seed)
  }

  /** Counts a message; the limit that it is beyond, or null when it is to be served. */
  admit(message: Message, place: FloodPlace): Limited | null {
    const { monotonicMs } = place
    const mac = formatHex(hardwareAddress(message))
    if (!this.#byMac.take(mac, monotonicMs)) return 'limited_mac'
    const { giaddr } = message
    const link = giaddr === 0 ? (place.device ?? '') : String(giaddr)
    const port = giaddr === 0 && place.trusted !== true ? null : portOf(message)
    if (port !== null && !this.#byPort.take(`${link} ${port}`, monotonicMs) && !isBound(message, place))
      return 'limited_port'
    if (!this.#byLink.take(link, monotonicMs) && !isBound(message, place)) return 'limited_link'
    return null
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
