import { parseIpv4 } from '../../wire/address.ts'
import { parseHex } from '../message/hex.ts'
import type { Fields } from './made-list.ts'

/** A reservation made by command rather than in the configuration. */
export interface MadeReservation {
  readonly address: string
  /** One of the two is set: as aa:bb:cc:dd:ee:ff, or lower-case hex. */
  readonly mac: string | null
  readonly client_id: string | null
  readonly hostname: string | null
  /** RFC 3339. */
  readonly made: string
}

/** Makes a reservation of an entry of their file; null when it is none. */
export function readMadeReservation(field: Fields): MadeReservation | null {
  const [address, mac, clientId] = [field('address'), field('mac'), field('client_id')]
  if (address === null || parseIpv4(address) === null) return null
  if ((mac === null) === (clientId === null) || parseHex(mac ?? clientId ?? '') === null) return null
  return { address, mac, client_id: clientId, hostname: field('hostname'), made: field('made') ?? '' }
}
