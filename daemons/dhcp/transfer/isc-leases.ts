import { parseIpv4 } from '../../wire/address.ts'
import {
  type ForeignHost,
  type ForeignHost6,
  type ForeignLease,
  type ForeignLease6,
  type LeftOut,
  type ParsedLeaseFile,
  readHardware,
  sortOut,
} from './foreign-lease.ts'
import { findStatement, type IscBlock, readIscBlocks } from './isc-blocks.ts'
import { readIscHost } from './isc-hosts.ts'
import { associationKey, readIscAssociation } from './isc-leases6.ts'
import { readIscMoment } from './isc-moment.ts'
import { readUid } from './isc-tokens.ts'

/**
 * Reads `dhcpd.leases` or `dhcpd6.leases` of ISC dhcpd: a log in which the last entry of an address, or of an identity
 * association, counts. Of its configuration the hosts are read.
 *
 * @param file the whole text, one character per octet
 * @returns leases and what was left out; never throws
 */
export function readIscLeases(file: string): ParsedLeaseFile {
  const newest = new Map<string, ForeignLease | LeftOut>()
  const hosts = new Map<string, ForeignHost | ForeignHost6 | LeftOut>()
  const associations = new Map<string, readonly (ForeignLease6 | LeftOut)[]>()
  const isBigEndian = /^\s*authoring-byte-order\s+big-endian\s*;/m.test(file)
  const leftOut: LeftOut[] = []
  for (const block of readIscBlocks(file)) {
    const [kind, subject] = block.head.map(({ value }) => value)
    const skip = (reason: string): LeftOut => ({
      line: block.line,
      what: `${kind ?? ''} ${subject ?? ''}`.trim(),
      reason,
    })
    if (!block.isWhole) leftOut.push(skip('the file ends before it does'))
    else if (kind === 'lease' && subject !== undefined && parseIpv4(subject) !== null)
      newest.set(subject, readLease(subject, block) ?? skip('it cannot be read'))
    else if (kind === 'host') {
      const host = readIscHost(block)
      hosts.delete(subject ?? '')
      if (host !== null) hosts.set(subject ?? '', host)
    } else if (kind === 'ia-na') {
      const key = associationKey(block)
      associations.delete(key)
      associations.set(key, readIscAssociation(block, isBigEndian))
    } else if (kind === 'ia-ta') leftOut.push(skip('a temporary address: none is given here'))
    else if (kind === 'ia-pd') leftOut.push(skip('a delegated prefix: none is given here'))
    else if (kind === 'lease') leftOut.push(skip('not an IPv4 address'))
    // The rest is about the server itself: failover state, its DUID, what wrote the file.
  }
  const { kept: leases, refused } = sortOut(newest.values())
  const { kept: reserved, refused: unreserved } = sortOut(hosts.values())
  // Of two associations with one address the later entry counts.
  const newest6 = new Map([...associations.values()].flat().map((one) => ['what' in one ? one.what : one.address, one]))
  const { kept: leases6, refused: refused6 } = sortOut(newest6.values())
  return {
    format: 'isc',
    leases,
    leases6,
    hosts: reserved.flatMap((host) => ('duid' in host ? [] : host)),
    hosts6: reserved.flatMap((host) => ('duid' in host ? host : [])),
    leftOut: [...leftOut, ...refused, ...refused6, ...unreserved],
  }
}

function readLease(address: string, block: IscBlock): ForeignLease | LeftOut | null {
  const { line } = block
  const find = (...words: readonly string[]): readonly string[] | undefined =>
    findStatement(block, ...words)?.map(({ value }) => value)
  const skip = (reason: string): LeftOut => ({ line, what: address, reason })
  const state = find('binding', 'state')?.[0] ?? 'active'
  if (state === 'abandoned') return skip('abandoned there: it is looked at before it is given here')
  if (state === 'backup' || state === 'reset') return skip(`"${state}": it belonged to nobody`)
  const starts = readIscMoment(find('starts'))
  const ends = readIscMoment(find('ends'))
  const mac = readHardware(find('hardware', 'ethernet')?.[0] ?? '') ?? ''
  const clientId = readUid(findStatement(block, 'uid')?.[0])
  if (ends === undefined || starts === undefined) return null
  if (mac === '' && clientId === null) return skip(state === 'free' ? 'nobody had it' : 'it does not tell whose it is')
  const hostname = find('client-hostname')?.[0] ?? null
  const isOver = state !== 'active'
  return { address, mac, clientId, hostname, state: isOver ? 'released' : 'bound', startsMs: starts ?? 0, endsMs: ends }
}
