import { parseIpv4 } from '../../wire/address.ts'
import { parseIpv6 } from '../v6/address.ts'
import { isDuid } from '../v6/duid.ts'
import { type ForeignHost, type ForeignHost6, type LeftOut, readHardware } from './foreign-lease.ts'
import { findStatement, type IscBlock } from './isc-blocks.ts'
import { readUid } from './isc-tokens.ts'

/**
 * Reads a `host` declaration of ISC dhcpd, as it stands in its configuration or, made by OMAPI, among its leases. One with an
 * address of IPv6 is of that alone: dhcpd has a process, and a configuration, for each protocol.
 *
 * @returns null for one that was deleted
 */
export function readIscHost(block: IscBlock): ForeignHost | ForeignHost6 | LeftOut | null {
  const find = (...words: readonly string[]): string | undefined => findStatement(block, ...words)?.[0]?.value
  const name = block.head[1]?.value ?? ''
  const skip = (reason: string): LeftOut => ({ line: block.line, what: `host ${name}`, reason })
  if (findStatement(block, 'deleted') !== undefined) return null
  if (findStatement(block, 'fixed-address6') !== undefined) return readHost6(block, skip)
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

function readHost6(block: IscBlock, skip: (reason: string) => LeftOut): ForeignHost6 | LeftOut {
  const find = (...words: readonly string[]): string | undefined => findStatement(block, ...words)?.[0]?.value
  const address = find('fixed-address6')?.replace(/,.*$/, '') ?? ''
  if (parseIpv6(address) === null) return skip(`its address is the name "${address}"`)
  const mac = readHardware(find('hardware', 'ethernet') ?? '') ?? ''
  const id = readUid(findStatement(block, 'host-identifier', 'option', 'dhcp6.client-id')?.[0])
  const duid = id !== null && isDuid(Buffer.from(id, 'hex')) ? id : null
  if (mac === '' && duid === null) return skip('it does not tell whose it is')
  return { line: block.line, address, mac, duid, hostname: find('option', 'host-name') ?? block.head[1]?.value ?? null }
}
