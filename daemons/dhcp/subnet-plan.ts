import { parseIpv4, parsePrefix } from '../wire/address.ts'
import { parseHex } from './hex.ts'
import { readUint32 } from './message.ts'
import type { DhcpReservation, DhcpSubnet } from './section.ts'

/** One subnet of the section made ready for decisions: addresses as numbers, reservations by every key. */
export interface SubnetPlan {
  /** As written in the section: `192.168.50.0/24`. */
  readonly name: string
  readonly network: number
  readonly mask: number
  readonly broadcast: number
  readonly pools: readonly AddressRange[]
  /** Addresses of the pools that can be given to anyone: neither reserved nor those of the network or a router. */
  readonly poolSize: number
  readonly leaseSeconds: number
  readonly minLeaseSeconds: number
  readonly maxLeaseSeconds: number
  readonly authoritative: boolean
  readonly routers: readonly number[]
  readonly dns: readonly number[]
  readonly domain: string | null
  readonly ntp: ServerList
  readonly log: ServerList
  readonly lpr: ServerList
  readonly options: ReadonlyMap<number, Uint8Array>
  /** Codes of the options that go also to clients that do not ask for them. */
  readonly always: readonly number[]
  readonly reservations: {
    readonly byMac: ReadonlyMap<string, Reservation>
    readonly byClientId: ReadonlyMap<string, Reservation>
    readonly byCircuitId: ReadonlyMap<string, Reservation>
    readonly byAddress: ReadonlyMap<number, Reservation>
  }
}

/** Inclusive. */
export interface AddressRange {
  readonly first: number
  readonly last: number
}

/** `self` = the address that the server goes by in the reply. */
export type ServerList = 'self' | readonly number[]

export interface Reservation {
  readonly address: number
  readonly hostname: string | null
}

/**
 * Compiles one checked subnet.
 *
 * @throws Error when an address cannot be read: the section was not checked
 */
export function planSubnet(subnet: DhcpSubnet): SubnetPlan {
  const prefix = parsePrefix(subnet.subnet)
  if (prefix === null || prefix.bytes.length !== 4) throw new Error(`cannot read subnet: ${subnet.subnet}`)
  const network = readUint32(prefix.bytes, 0)
  const mask = prefix.bits === 0 ? 0 : (0xffffffff << (32 - prefix.bits)) >>> 0
  const pools = subnet.pools.map(({ first, last }) => ({ first: address(first), last: address(last) }))
  const plan = {
    name: subnet.subnet,
    network,
    mask,
    broadcast: (network | ~mask) >>> 0,
    pools,
    poolSize: 0,
    leaseSeconds: subnet.leaseSeconds,
    minLeaseSeconds: subnet.minLeaseSeconds,
    maxLeaseSeconds: subnet.maxLeaseSeconds,
    authoritative: subnet.authoritative,
    routers: subnet.routers.map(address),
    dns: subnet.dns.map(address),
    domain: subnet.domain,
    ntp: servers(subnet.ntp),
    log: servers(subnet.log),
    lpr: servers(subnet.lpr),
    options: new Map(subnet.options.map(({ code, hex }) => [code, optionValue(hex)])),
    always: subnet.options.filter(({ always }) => always).map(({ code }) => code),
    reservations: indexReservations(subnet.reservations),
  }
  return { ...plan, poolSize: countFree(plan) }
}

/** Whether an address belongs to the subnet. */
export function inSubnet(plan: SubnetPlan, candidate: number): boolean {
  return (candidate & plan.mask) >>> 0 === plan.network
}

/** Whether an address may be given to a client without a reservation for it, occupied or not. */
export function isInPool(plan: SubnetPlan, candidate: number): boolean {
  return inPools(plan.pools, candidate) && !isSpecial(plan, candidate) && !plan.reservations.byAddress.has(candidate)
}

/** Whether the address is one that hosts cannot have: network, broadcast, or a router's. */
export function isSpecial(
  plan: Pick<SubnetPlan, 'network' | 'mask' | 'broadcast' | 'routers'>,
  candidate: number,
): boolean {
  // Networks of one or two addresses have neither a network nor a broadcast address (RFC 3021).
  const hasEdges = plan.mask < 0xfffffffe
  return (hasEdges && (candidate === plan.network || candidate === plan.broadcast)) || plan.routers.includes(candidate)
}

function inPools(pools: readonly AddressRange[], candidate: number): boolean {
  return pools.some(({ first, last }) => candidate >= first && candidate <= last)
}

function countFree(plan: Omit<SubnetPlan, 'poolSize'>): number {
  const size = plan.pools.reduce((sum, { first, last }) => sum + last - first + 1, 0)
  const edges = plan.mask < 0xfffffffe ? [plan.network, plan.broadcast] : []
  const taken = new Set([...edges, ...plan.routers, ...plan.reservations.byAddress.keys()])
  return size - [...taken].filter((candidate) => inPools(plan.pools, candidate)).length
}

function indexReservations(reservations: readonly DhcpReservation[]): SubnetPlan['reservations'] {
  const index = {
    byMac: new Map<string, Reservation>(),
    byClientId: new Map<string, Reservation>(),
    byCircuitId: new Map<string, Reservation>(),
    byAddress: new Map<number, Reservation>(),
  }
  for (const { mac, clientId, circuitId, address: text, hostname } of reservations) {
    const reservation = { address: address(text), hostname }
    index.byAddress.set(reservation.address, reservation)
    if (mac !== null) index.byMac.set(mac.toLowerCase(), reservation)
    if (clientId !== null) index.byClientId.set(clientId.toLowerCase(), reservation)
    if (circuitId !== null) index.byCircuitId.set(circuitId.toLowerCase(), reservation)
  }
  return index
}

function servers(list: 'self' | readonly string[] | null): ServerList {
  if (list === 'self') return 'self'
  return list === null ? [] : list.map(address)
}

function optionValue(hex: string): Uint8Array {
  const bytes = parseHex(hex)
  if (bytes === null) throw new Error(`cannot read option value: ${hex}`)
  return bytes
}

function address(text: string): number {
  const parsed = parseIpv4(text)
  if (parsed === null) throw new Error(`cannot read address: ${text}`)
  return parsed
}
