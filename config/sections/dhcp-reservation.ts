import * as v from 'valibot'
import type { DhcpReservation } from '../../daemons/dhcp/section.ts'
import { hexBytes, hostLabel, ipv4, mac } from '../pieces/address.ts'
import { oneOrMore } from '../pieces/one-or-more.ts'
import { table } from '../pieces/piece.ts'
import { buildSettings, type ServedHere, saysNothing, settingsEntries } from './dhcp-settings.ts'

/** One `[[dhcp.subnet.reservation]]`. */
export const reservationSchema = table('One host that always gets the same address.', {
  mac: v.optional(oneOrMore('Its Ethernet addresses.', mac('An Ethernet address.'))),
  client_id: v.optional(oneOrMore('Its client identifiers (option 61).', hexBytes('A client identifier.', 255))),
  circuit_id: v.optional(
    oneOrMore('The ports it hangs on, as the relay agent says (option 82).', hexBytes('A circuit.', 255)),
  ),
  remote_id: v.optional(
    oneOrMore('The devices it hangs on, as the relay agent says (option 82).', hexBytes('A remote end.', 255)),
  ),
  address: ipv4('The address it gets.'),
  hostname: v.optional(hostLabel('The name it gets.')),
  ...settingsEntries,
})

export type WrittenReservation = v.InferOutput<typeof reservationSchema>

/** What can tell the host of a reservation. */
export const RESERVATION_KEYS = ['mac', 'client_id', 'circuit_id', 'remote_id'] as const

/** Fills in what a reservation leaves open. */
export function buildReservation(reservation: WrittenReservation, served: ServedHere): DhcpReservation {
  return {
    macs: reservation.mac ?? [],
    clientIds: reservation.client_id ?? [],
    circuitIds: reservation.circuit_id ?? [],
    remoteIds: reservation.remote_id ?? [],
    address: reservation.address,
    hostname: reservation.hostname ?? null,
    ...(saysNothing(reservation) ? {} : { settings: buildSettings(reservation, served) }),
  }
}
