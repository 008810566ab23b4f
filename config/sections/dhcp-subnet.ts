import * as v from 'valibot'
import type { DhcpSubnet } from '../../daemons/dhcp/section.ts'
import { formatIpv4 } from '../../daemons/wire/address.ts'
import { ipv4Subnet } from '../pieces/ipv4-range.ts'
import { list, table } from '../pieces/piece.ts'
import { buildDenial, serviceEntries, type WrittenSharedNetwork } from './dhcp-link.ts'
import { buildPool, poolSchema } from './dhcp-pool.ts'
import { buildReservation, reservationSchema } from './dhcp-reservation.ts'
import { layTogether, type ServedHere, settingsEntries, type WrittenSettings } from './dhcp-settings.ts'

/** One `[[dhcp.subnet]]`. */
export const dhcpSubnetSchema = table('A subnet whose clients get addresses.', {
  subnet: ipv4Subnet('The network with its prefix length.'),
  pools: v.optional(list('Ranges to give addresses from.', poolSchema), []),
  ...settingsEntries,
  ...serviceEntries,
  reservation: v.optional(list('Hosts with an address of their own.', reservationSchema), []),
})

export type WrittenSubnet = v.InferOutput<typeof dhcpSubnetSchema>

/** What a subnet stands in: its shared network, if any, and the section. */
export interface SubnetGround {
  readonly network: WrittenSharedNetwork | undefined
  readonly section: WrittenSettings & Partial<Pick<WrittenSharedNetwork, keyof typeof serviceEntries>>
}

/** Fills in what a `[[dhcp.subnet]]` leaves open; pools come out in order. */
export function buildSubnet(subnet: WrittenSubnet, { network, section }: SubnetGround, served: ServedHere): DhcpSubnet {
  const levels = [subnet, ...(network === undefined ? [] : [network]), section]
  const first = <Key extends 'authoritative' | 'rapid_commit' | 'bootp' | 'routers'>(key: Key) =>
    levels.find((level) => level[key] !== undefined)?.[key]
  return {
    subnet: subnetName(subnet),
    network: network?.name ?? null,
    pools: subnet.pools.toSorted((left, right) => left.first - right.first).map((pool) => buildPool(pool, served)),
    ...layTogether(levels, served),
    authoritative: first('authoritative') ?? true,
    rapidCommit: first('rapid_commit') ?? false,
    bootp: first('bootp') ?? 'static',
    deny: buildDenial(levels.map(({ deny }) => deny)),
    routers: first('routers') ?? [],
    reservations: subnet.reservation.map((one) => buildReservation(one, served)),
  }
}

/** A subnet as it is called: `192.168.50.0/24`. */
export function subnetName({ subnet }: Pick<WrittenSubnet, 'subnet'>): string {
  return `${formatIpv4(subnet.first)}/${subnet.bits}`
}
