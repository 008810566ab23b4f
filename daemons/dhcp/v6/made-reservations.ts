import type { Fields } from '../commands/made-list.ts'
import { parseHex } from '../message/hex.ts'
import type { DhcpReservation6, DhcpSubnet6 } from '../section.ts'
import { parseIpv6 } from './address.ts'
import { isIn, rangeOf } from './subnet-plan.ts'

/** A reservation of IPv6 made by command rather than in the configuration. */
export interface MadeReservation6 {
  readonly address: string
  /** One of the two is set: as aa:bb:cc:dd:ee:ff, or lower-case hex. */
  readonly mac: string | null
  readonly duid: string | null
  readonly hostname: string | null
  /** RFC 3339. */
  readonly made: string
}

/** Makes a reservation of an entry of their file; null when it is none. */
export function readMadeReservation6(field: Fields): MadeReservation6 | null {
  const [address, mac, duid] = [field('address'), field('mac'), field('duid')]
  if (address === null || parseIpv6(address) === null) return null
  if ((mac === null) === (duid === null) || parseHex(mac ?? duid ?? '') === null) return null
  return { address, mac, duid, hostname: field('hostname'), made: field('made') ?? '' }
}

/**
 * The subnets with the reservations made by command added to them. One whose client or address the configuration reserves
 * as well is out of force.
 */
export function mergeReservations6(
  subnets: readonly DhcpSubnet6[],
  made: readonly MadeReservation6[],
): readonly DhcpSubnet6[] {
  if (made.length === 0) return subnets
  return subnets.map((subnet) => {
    if (subnet.mode !== 'stateful') return subnet
    const range = rangeOf(subnet.subnet)
    const reservations = [...subnet.reservations]
    for (const one of made) {
      const stands = reservations.some((other) => other.address === one.address || isSameClient6(other, one))
      if (!stands && isIn(range, parseIpv6(one.address) ?? -1n)) reservations.push(asReservation6(one))
    }
    return { ...subnet, reservations }
  })
}

/** Whether a reservation is for the client of one made by command. */
export function isSameClient6({ macs, duids }: DhcpReservation6, { mac, duid }: MadeReservation6): boolean {
  return (mac !== null && macs.includes(mac)) || (duid !== null && duids.includes(duid))
}

/** A reservation made by command, as the configuration has it. */
export function asReservation6({ address, mac, duid, hostname }: MadeReservation6): DhcpReservation6 {
  return { duids: duid === null ? [] : [duid], macs: mac === null ? [] : [mac], address, hostname }
}
