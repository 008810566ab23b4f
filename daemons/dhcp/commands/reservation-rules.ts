import { sanitizeHostname } from '../message/hostname.ts'
import { Refusal } from './refusal.ts'

/** A reservation as shown; the names are part of the interface. */
export interface ReservationRow {
  readonly address: string
  readonly subnet: string
  readonly hostname: string | null
  /** What the client is known by: MACs as they are, others after `client`, `circuit`, `remote` or `duid`. */
  readonly keys: readonly string[]
  /** null = it stands in the configuration. */
  readonly made: string | null
}

/** The name that a person wishes for a host. @throws Refusal for one that hosts cannot have */
export function readHostname(name: string | null): string | null {
  if (name === null) return null
  if (name.includes('.') || sanitizeHostname(Buffer.from(name, 'utf8')) !== name)
    throw new Refusal('a host name has letters, digits and hyphens, up to 63')
  return name
}

/** Why a reservation cannot be made beside others, in words; null when it can. */
export function objectionTo(rows: readonly ReservationRow[], wish: ReservationRow): string | null {
  const place = (row: ReservationRow): string => (row.made === null ? 'in the configuration' : 'by command')
  const taken = rows.find((row) => row.address === wish.address)
  if (taken !== undefined) return `${wish.address} is reserved ${place(taken)} for ${taken.keys.join(', ')}`
  const mine = rows.find((row) => row.subnet === wish.subnet && row.keys.some((key) => wish.keys.includes(key)))
  return mine === undefined ? null : `the client has ${mine.address} reserved ${place(mine)}`
}
