import { parseIpv4, parsePrefix } from '../../wire/address.ts'
import { readUint32, uint32Bytes } from '../../wire/octets.ts'
import { type ClassPlan, planClass } from '../decide/classify.ts'
import { hasMacPrefix } from '../message/mac-address.ts'
import type { DhcpClass, DhcpSubnet } from '../section.ts'
import { Pools } from './pools.ts'
import { ProfileTable } from './profile-table.ts'
import { planReservations, type ReservationPlan } from './reservation-plan.ts'

/** One subnet of the section made ready for decisions: addresses as numbers, everything else laid out once. */
export interface SubnetPlan {
  /** As written in the section: `192.168.50.0/24`. */
  readonly name: string
  /** The link that it shares with other subnets; null = it has one of its own. */
  readonly link: string | null
  readonly network: number
  readonly mask: number
  readonly broadcast: number
  /** Options 1 and 28; networks of one or two addresses have no broadcast address. */
  readonly maskBytes: Uint8Array
  readonly broadcastBytes: Uint8Array | null
  readonly pools: Pools
  /** Addresses of the pools that can be given to anyone: neither reserved nor those of the network or a router. */
  readonly poolSize: number
  /** The longest lease that any client of the subnet can have. */
  readonly longestSeconds: number
  readonly authoritative: boolean
  readonly rapidCommit: boolean
  readonly bootp: DhcpSubnet['bootp']
  readonly routers: readonly number[]
  readonly profiles: ProfileTable
  readonly reservations: ReservationPlan
  /** Why a client is not served, in words; null when it is. */
  readonly denial: (mac: string, classes: readonly number[]) => string | null
}

/**
 * Compiles one checked subnet.
 *
 * @param classes those of the section, in order
 * @throws Error when an address cannot be read: the section was not checked
 */
export function planSubnet(subnet: DhcpSubnet, classes: readonly DhcpClass[]): SubnetPlan {
  const prefix = parsePrefix(subnet.subnet)
  if (prefix === null || prefix.bytes.length !== 4) throw new Error(`cannot read subnet: ${subnet.subnet}`)
  const network = readUint32(prefix.bytes, 0)
  const mask = prefix.bits === 0 ? 0 : (0xffffffff << (32 - prefix.bits)) >>> 0
  const broadcast = (network | ~mask) >>> 0
  const profiles = new ProfileTable(subnet, classes)
  const names = classes.map(({ name }) => name)
  const plan = {
    name: subnet.subnet,
    link: subnet.network,
    network,
    mask,
    broadcast,
    maskBytes: uint32Bytes(mask),
    broadcastBytes: mask < 0xfffffffe ? uint32Bytes(broadcast) : null,
    pools: new Pools(subnet.pools, names, address),
    poolSize: 0,
    longestSeconds: profiles.longestSeconds,
    authoritative: subnet.authoritative,
    rapidCommit: subnet.rapidCommit,
    bootp: subnet.bootp,
    routers: subnet.routers.map(address),
    profiles,
    reservations: planReservations(subnet.reservations, address),
    denial: planDenial(subnet, classes),
  }
  return { ...plan, poolSize: countFree(plan) }
}

/** Compiles the classes of the section. */
export function planClasses(classes: readonly DhcpClass[]): readonly ClassPlan[] {
  return classes.map(planClass)
}

/** Whether an address belongs to the subnet. */
export function inSubnet(plan: SubnetPlan, candidate: number): boolean {
  return (candidate & plan.mask) >>> 0 === plan.network
}

/** Whether all addresses of one subnet belong to another. */
export function isWithin(one: SubnetPlan, other: SubnetPlan): boolean {
  return one.mask >= other.mask && inSubnet(other, one.network)
}

/** Whether an address may be given to a client without a reservation for it, occupied or not. */
export function isInPool(plan: SubnetPlan, candidate: number): boolean {
  return (
    plan.pools.at(candidate) !== undefined && !isSpecial(plan, candidate) && !plan.reservations.byAddress.has(candidate)
  )
}

/** Whether the address is one that hosts cannot have: network, broadcast, or a router's. */
export function isSpecial(
  plan: Pick<SubnetPlan, 'network' | 'mask' | 'broadcast' | 'routers'>,
  candidate: number,
): boolean {
  return isEdge(plan, candidate) || plan.routers.includes(candidate)
}

/** Whether the address is that of the network or of all its hosts. */
export function isEdge(plan: Pick<SubnetPlan, 'network' | 'mask' | 'broadcast'>, candidate: number): boolean {
  // Networks of one or two addresses have neither (RFC 3021).
  return plan.mask < 0xfffffffe && (candidate === plan.network || candidate === plan.broadcast)
}

function countFree(plan: Omit<SubnetPlan, 'poolSize'>): number {
  const size = plan.pools.all.reduce((sum, { first, last }) => sum + last - first + 1, 0)
  const edges = plan.mask < 0xfffffffe ? [plan.network, plan.broadcast] : []
  const taken = new Set([...edges, ...plan.routers, ...plan.reservations.byAddress.keys()])
  return size - [...taken].filter((candidate) => plan.pools.at(candidate) !== undefined).length
}

function planDenial({ deny }: DhcpSubnet, classes: readonly DhcpClass[]): SubnetPlan['denial'] {
  const denied = new Set(classes.flatMap(({ name, deny: all }, at) => (all || deny.classes.includes(name) ? [at] : [])))
  return (mac, ofClient) => {
    const index = ofClient.find((one) => denied.has(one))
    if (index !== undefined) return `clients of class ${classes[index]?.name ?? ''} are not served`
    return deny.macs.some((prefix) => hasMacPrefix(mac, prefix)) ? 'the hardware address is on the deny list' : null
  }
}

function address(text: string): number {
  const parsed = parseIpv4(text)
  if (parsed === null) throw new Error(`cannot read address: ${text}`)
  return parsed
}
