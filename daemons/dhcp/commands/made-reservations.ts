import { readFileSync } from 'node:fs'
import { keepFile } from '../../runtime/keep-file.ts'
import { parseIpv4 } from '../../wire/address.ts'
import { parseHex } from '../message/hex.ts'

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

/**
 * Reads the file of reservations; none when there is no file.
 *
 * @throws Error in words when it cannot be read or is no such file
 */
export function readMadeReservations(path: string): readonly MadeReservation[] {
  return readReservationFile(path, readEntry)
}

/** The fields of an entry that are texts; null for others. */
export type Fields = (name: string) => string | null

/**
 * Reads a file of reservations; none when there is no file.
 *
 * @param readEntry makes a reservation of an entry; null when it is none
 * @throws Error in words when it cannot be read or is no such file
 */
export function readReservationFile<Made>(path: string, readEntry: (field: Fields) => Made | null): readonly Made[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
  const file: unknown = JSON.parse(text)
  const list = typeof file === 'object' && file !== null && 'reservations' in file ? file.reservations : null
  if (!Array.isArray(list)) throw new Error(`${path} has no list "reservations"`)
  return list.map((entry: unknown, at) => {
    const reservation = typeof entry === 'object' && entry !== null ? readEntry(fieldsOf(entry)) : null
    if (reservation === null) throw new Error(`${path}: entry ${at + 1} is no reservation`)
    return reservation
  })
}

/**
 * Replaces the file whole; on return it survives a crash.
 *
 * @throws Error when it cannot be written; the old one stays
 */
export function writeReservationFile(path: string, reservations: readonly object[]): void {
  keepFile(path, `${JSON.stringify({ reservations }, null, 2)}\n`)
}

function fieldsOf(entry: object): Fields {
  return (name) => {
    const value: unknown = Reflect.get(entry, name)
    return typeof value === 'string' ? value : null
  }
}

function readEntry(field: Fields): MadeReservation | null {
  const [address, mac, clientId] = [field('address'), field('mac'), field('client_id')]
  if (address === null || parseIpv4(address) === null) return null
  if ((mac === null) === (clientId === null) || parseHex(mac ?? clientId ?? '') === null) return null
  return { address, mac, client_id: clientId, hostname: field('hostname'), made: field('made') ?? '' }
}
