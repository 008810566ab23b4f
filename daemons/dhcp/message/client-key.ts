import { STRANGER } from '../leases/lease.ts'
import type { SubnetPlan } from '../subnets/subnet-plan.ts'
import { formatHex } from './hex.ts'
import { hardwareAddress, type Message } from './message.ts'
import { OPTION } from './option-code.ts'

/** How one client is recognised; of a lease, how its client was. */
export interface ClientIdentity {
  /** The client identifier when the client sends one, else hardware type and address; unique and bounded in length. */
  readonly key: string
  readonly mac: string
  readonly clientId: string | null
}

/** Hardware type and address as a client identifier: Ethernet, and its six octets. */
const ETHERNET_ID_BYTES = 7
const ETHERNET_KEY = 'h1:'

/**
 * Tells who sent a message. The client identifier is opaque; one of less than two octets is taken as absent, and one
 * that is an Ethernet address means the same as none of the host that has it: boot firmware, installers and systems
 * differ in whether they send it.
 *
 * @rfc 2131 section 4.2; 2132 section 9.14; 4361 section 6.3
 * @returns null when the message carries neither an identifier nor a hardware address
 */
export function identifyClient(message: Message): ClientIdentity | null {
  const mac = formatHex(hardwareAddress(message), ':')
  const id = message.options.get(OPTION.clientIdentifier)
  if (id !== undefined && id.length >= 2) {
    const clientId = formatHex(id)
    return { key: id.length === ETHERNET_ID_BYTES ? keyOf(clientId) : `i${clientId}`, mac, clientId }
  }
  if (message.hlen === 0) return null
  return { key: `h${message.htype}:${mac}`, mac, clientId: null }
}

/**
 * The key of a client in one subnet. Where its hardware address has a reservation that alone tells who it is: the boot
 * firmware of a card sends no identifier and the system one of its own, and both are the host that is meant; several
 * cards of one reservation are one host, too. Leases stored before a reservation came or went are recognised by it.
 */
export function keyIn(plan: SubnetPlan, { key, mac, clientId }: ClientIdentity): string {
  if (key === STRANGER) return key
  const { byMac } = plan.reservations
  // Looking for a text that was just made costs its hash, for each lease that is loaded.
  const host = byMac.size === 0 ? undefined : byMac.get(mac)
  if (host !== undefined) return `r${host.macs[0] ?? mac}`
  // Stored before an identifier could mean an Ethernet address.
  if (clientId !== null && (key.startsWith('r') || key.length === 1 + 2 * ETHERNET_ID_BYTES)) return keyOf(clientId)
  return key.startsWith('r') ? `${ETHERNET_KEY}${mac}` : key
}

/** The identifier that a client sends, or would if it sent its Ethernet address; null for one of another kind of hardware. */
export function identifierOf({ key, clientId }: ClientIdentity): string | null {
  if (clientId !== null) return clientId
  return key.startsWith(ETHERNET_KEY) ? `01${key.slice(ETHERNET_KEY.length).replaceAll(':', '')}` : null
}

function keyOf(clientId: string): string {
  if (clientId.length !== 2 * ETHERNET_ID_BYTES || !clientId.startsWith('01')) return `i${clientId}`
  return `${ETHERNET_KEY}${(clientId.slice(2).match(/../g) ?? []).join(':')}`
}
