import { parseIpv4 } from '../../wire/address.ts'
import type { DhcpReservation, DhcpSubnet } from '../section.ts'
import type { MadeReservation } from './made-reservations.ts'

/**
 * The subnets with the reservations made by command added to them. One whose client or address the configuration reserves
 * as well is out of force.
 */
export function mergeReservations(
  subnets: readonly DhcpSubnet[],
  made: readonly MadeReservation[],
): readonly DhcpSubnet[] {
  if (made.length === 0) return subnets
  return subnets.map((subnet) => {
    const added: DhcpReservation[] = []
    for (const one of made) {
      const stands = [...subnet.reservations, ...added].some(
        (other) => other.address === one.address || isSameClient(other, one),
      )
      if (!stands && isInSubnet(subnet.subnet, one.address)) added.push(asReservation(one))
    }
    return added.length === 0 ? subnet : { ...subnet, reservations: [...subnet.reservations, ...added] }
  })
}

/** Whether a reservation is for the client of one made by command. */
export function isSameClient({ macs, clientIds }: DhcpReservation, { mac, client_id: id }: MadeReservation): boolean {
  return (mac !== null && macs.includes(mac)) || (id !== null && clientIds.includes(id))
}

/** A reservation made by command, as the configuration has it. */
export function asReservation({ address, mac, client_id: id, hostname }: MadeReservation): DhcpReservation {
  const none: readonly string[] = []
  const macs = mac === null ? none : [mac]
  return { macs, clientIds: id === null ? none : [id], circuitIds: none, remoteIds: none, address, hostname }
}

function isInSubnet(subnet: string, address: string): boolean {
  const [network = '', bits = '32'] = subnet.split('/')
  const size = 2 ** (32 - Number(bits))
  return Math.floor((parseIpv4(network) ?? 0) / size) === Math.floor((parseIpv4(address) ?? -1) / size)
}
