import type { DhcpReservation, DhcpSettings } from '../section.ts'

/** One host with an address of its own. */
export interface Reservation {
  readonly address: number
  readonly hostname: string | null
  /** Its hardware addresses. */
  readonly macs: readonly string[]
  readonly settings: DhcpSettings | null
}

/** Reservations of one subnet by everything that tells their hosts. */
export interface ReservationPlan {
  readonly byMac: ReadonlyMap<string, Reservation>
  readonly byClientId: ReadonlyMap<string, Reservation>
  readonly byCircuitId: ReadonlyMap<string, Reservation>
  readonly byRemoteId: ReadonlyMap<string, Reservation>
  readonly byAddress: ReadonlyMap<number, Reservation>
}

/** Indexes reservations. @param address reads a dotted quad */
export function planReservations(
  reservations: readonly DhcpReservation[],
  address: (text: string) => number,
): ReservationPlan {
  const index = {
    byMac: new Map<string, Reservation>(),
    byClientId: new Map<string, Reservation>(),
    byCircuitId: new Map<string, Reservation>(),
    byRemoteId: new Map<string, Reservation>(),
    byAddress: new Map<number, Reservation>(),
  }
  for (const { macs, clientIds, circuitIds, remoteIds, address: text, hostname, settings } of reservations) {
    const reservation = { address: address(text), hostname, macs, settings: settings ?? null }
    index.byAddress.set(reservation.address, reservation)
    for (const mac of macs) index.byMac.set(mac, reservation)
    for (const clientId of clientIds) index.byClientId.set(clientId, reservation)
    for (const circuitId of circuitIds) index.byCircuitId.set(circuitId, reservation)
    for (const remoteId of remoteIds) index.byRemoteId.set(remoteId, reservation)
  }
  return index
}
