import { parseIpv4 } from '../../wire/address.ts'
import { type ForeignHost, type LeftOut, readHardware } from './foreign-lease.ts'
import { findStatement, type IscBlock } from './isc-blocks.ts'
import { readUid } from './isc-tokens.ts'

/**
 * Reads a `host` declaration of ISC dhcpd, as it stands in its configuration or, made by OMAPI, among its leases.
 *
 * @returns null for one that was deleted
 */
export function readIscHost(block: IscBlock): ForeignHost | LeftOut | null {
  const find = (...words: readonly string[]): string | undefined => findStatement(block, ...words)?.[0]?.value
  const name = block.head[1]?.value ?? ''
  const skip = (reason: string): LeftOut => ({ line: block.line, what: `host ${name}`, reason })
  if (findStatement(block, 'deleted') !== undefined) return null
  const address = find('fixed-address')?.replace(/,.*$/, '')
  if (address === undefined) return skip('it has no address of its own')
  if (parseIpv4(address) === null) return skip(`its address is the name "${address}"`)
  const mac = readHardware(find('hardware', 'ethernet') ?? '') ?? ''
  const clientId = readUid(
    (findStatement(block, 'uid') ?? findStatement(block, 'option', 'dhcp-client-identifier'))?.[0],
  )
  if (mac === '' && clientId === null) return skip('it does not tell whose it is')
  return { line: block.line, address, mac, clientId, hostname: find('option', 'host-name') ?? name }
}
