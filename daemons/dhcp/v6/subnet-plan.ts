import { parsePrefix } from '../../wire/address.ts'
import type { DhcpSubnet6 } from '../section.ts'
import { parseIpv6, readAddress } from './address.ts'

/** Leases of one subnet at a time: a pool can have more addresses than there is memory. */
export const MOST_LEASES = 262_144

/** Both ends included. */
export interface Range6 {
  readonly first: bigint
  readonly last: bigint
}

/** A host with an address of its own. */
export interface Reservation6 {
  readonly address: bigint
  readonly hostname: string | null
}

/** One IPv6 subnet as it is to be served, in the form in which it is looked things up in. */
export interface SubnetPlan6 extends Range6 {
  /** As `fd00:50::/64`. */
  readonly name: string
  /** The attached network it is on; null = the one that has an address in it, or none. */
  readonly device: string | null
  readonly pools: readonly Range6[]
  /** Addresses of the pools that are not reserved, as many of them as can be leased at a time. */
  readonly poolSize: number
  readonly preferredSeconds: number
  readonly validSeconds: number
  /** Whether it gives addresses. */
  readonly stateful: boolean
  /** Whether a SOLICIT that asks for it is answered by a lease at once. */
  readonly rapidCommit: boolean
  readonly reservations: {
    readonly byDuid: ReadonlyMap<string, Reservation6>
    readonly byMac: ReadonlyMap<string, Reservation6>
    readonly byAddress: ReadonlyMap<bigint, Reservation6>
  }
  readonly dns: readonly (bigint | 'self')[]
  readonly ntp: readonly (bigint | 'self')[]
  readonly domainSearch: readonly string[]
  readonly captivePortal: string | null
}

/** Makes a plan of the checked configuration. */
export function planSubnet6(subnet: DhcpSubnet6): SubnetPlan6 {
  const range = rangeOf(subnet.subnet)
  const reservations = subnet.reservations.map(({ duids, macs, address, hostname }) => ({
    ...{ duids, macs },
    reservation: { address: parseIpv6(address) ?? 0n, hostname },
  }))
  const pools = subnet.pools.map(({ first, last }) => ({ first: parseIpv6(first) ?? 0n, last: parseIpv6(last) ?? 0n }))
  const byAddress = new Map(reservations.map(({ reservation }) => [reservation.address, reservation]))
  const whole = pools.reduce((sum, { first, last }) => sum + Number(last - first + 1n), 0)
  const reserved = [...byAddress.keys()].filter((address) => pools.some((pool) => isIn(pool, address))).length
  return {
    ...range,
    name: subnet.subnet,
    device: subnet.interface,
    pools,
    poolSize: Math.min(MOST_LEASES, whole - reserved),
    preferredSeconds: subnet.preferredSeconds,
    validSeconds: subnet.validSeconds,
    stateful: subnet.mode === 'stateful',
    rapidCommit: subnet.rapidCommit,
    reservations: {
      byDuid: new Map(reservations.flatMap(({ duids, reservation }) => duids.map((duid) => [duid, reservation]))),
      byMac: new Map(reservations.flatMap(({ macs, reservation }) => macs.map((mac) => [mac, reservation]))),
      byAddress,
    },
    dns: subnet.dns.map(readServer),
    ntp: subnet.ntp.map(readServer),
    domainSearch: subnet.domainSearch,
    captivePortal: subnet.captivePortal,
  }
}

/** Whether an address lies in a range. */
export function isIn({ first, last }: Range6, address: bigint): boolean {
  return address >= first && address <= last
}

/** Whether an address can be given to anyone: it is in a pool and reserved for nobody. */
export function isInPools({ pools, reservations }: SubnetPlan6, address: bigint): boolean {
  return pools.some((pool) => isIn(pool, address)) && !reservations.byAddress.has(address)
}

/** The addresses of a prefix written with its length. */
export function rangeOf(prefix: string): Range6 {
  const { bytes, bits } = parsePrefix(prefix) ?? { bytes: new Uint8Array(16), bits: 128 }
  const first = readAddress(bytes)
  return { first, last: first + (1n << BigInt(128 - bits)) - 1n }
}

function readServer(server: string): bigint | 'self' {
  return server === 'self' ? server : (parseIpv6(server) ?? 0n)
}
