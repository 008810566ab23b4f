import { parseAddress, parsePrefix, prefixContains } from '../../../daemons/wire/address.ts'
import { CommandFailure, EXIT } from '../exit-code.ts'
import type { LeaseRow } from './lease-row.ts'

/** Which leases a person wants to see; absent = all of that kind. */
export interface LeaseWishes {
  readonly all?: boolean
  readonly subnet?: string
  readonly state?: string
  readonly search?: string
}

const STATES = ['offered', 'bound', 'expired', 'released', 'declined']

/**
 * Makes a test of what a person wants to see. A state that is asked for by name is shown although it is over.
 *
 * @throws CommandFailure (64) for a subnet or state that cannot be
 */
export function leaseFilter(wishes: LeaseWishes): (row: LeaseRow) => boolean {
  const { all = false, subnet, state, search } = wishes
  if (state !== undefined && !STATES.includes(state))
    throw new CommandFailure(EXIT.usage, `there is no state "${state}"; there are ${STATES.join(', ')}`)
  const network = subnet === undefined ? null : readNetwork(subnet)
  const sought = search?.toLowerCase().replaceAll('-', ':')
  return (row) => {
    if (state !== undefined ? row.state !== state : !all && OVER.has(row.state)) return false
    if (network !== null && !network(row.address)) return false
    return sought === undefined || wordsOf(row).some((word) => word.toLowerCase().includes(sought))
  }
}

const OVER: ReadonlySet<string> = new Set(['expired', 'released'])

/** What is searched: hyphens are colons on both sides, so that a MAC is found in either form. */
function wordsOf(row: LeaseRow): string[] {
  return [row.address, row.mac, row.client_id ?? '', row.duid ?? '', row.hostname ?? ''].map((word) =>
    word.replaceAll('-', ':'),
  )
}

function readNetwork(text: string): (address: string) => boolean {
  const prefix = parsePrefix(text)
  if (prefix === null)
    throw new CommandFailure(EXIT.usage, `"${text}" is no subnet: give one such as 192.168.50.0/24 or fd00:50::/64`)
  return (address) => {
    const bytes = parseAddress(address)
    return bytes !== null && prefixContains(prefix, bytes, bytes.length === 4 ? 4 : 16)
  }
}
