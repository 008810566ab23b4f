import { parseIpv4 } from '../../wire/address.ts'
import {
  type ForeignHost,
  type ForeignLease,
  type LeftOut,
  type ParsedLeaseFile,
  readHardware,
  sortOut,
} from './foreign-lease.ts'
import { findStatement, type IscBlock, readIscBlocks } from './isc-blocks.ts'
import { readIscHost } from './isc-hosts.ts'
import { readUid } from './isc-tokens.ts'

/**
 * Reads `dhcpd.leases` of ISC dhcpd: a log in which the last entry of an address counts. Of its configuration the hosts
 * are read.
 *
 * @param file the whole text, one character per octet
 * @returns leases and what was left out; never throws
 */
export function readIscLeases(file: string): ParsedLeaseFile {
  const newest = new Map<string, ForeignLease | LeftOut>()
  const hosts = new Map<string, ForeignHost | LeftOut>()
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
    } else if (kind?.startsWith('ia-') === true) leftOut.push(skip('an IPv6 lease'))
    else if (kind === 'lease') leftOut.push(skip('not an IPv4 address'))
    // The rest is about the server itself: failover state, its DUID, what wrote the file.
  }
  const { kept: leases, refused } = sortOut(newest.values())
  const { kept: reserved, refused: unreserved } = sortOut(hosts.values())
  return { format: 'isc', leases, hosts: reserved, leftOut: [...leftOut, ...refused, ...unreserved] }
}

function readLease(address: string, block: IscBlock): ForeignLease | LeftOut | null {
  const { line } = block
  const find = (...words: readonly string[]): readonly string[] | undefined =>
    findStatement(block, ...words)?.map(({ value }) => value)
  const skip = (reason: string): LeftOut => ({ line, what: address, reason })
  const state = find('binding', 'state')?.[0] ?? 'active'
  if (state === 'abandoned') return skip('abandoned there: it is looked at before it is given here')
  if (state === 'backup' || state === 'reset') return skip(`"${state}": it belonged to nobody`)
  const starts = readMoment(find('starts'))
  const ends = readMoment(find('ends'))
  const mac = readHardware(find('hardware', 'ethernet')?.[0] ?? '') ?? ''
  const clientId = readUid(findStatement(block, 'uid')?.[0])
  if (ends === undefined || starts === undefined) return null
  if (mac === '' && clientId === null) return skip(state === 'free' ? 'nobody had it' : 'it does not tell whose it is')
  const hostname = find('client-hostname')?.[0] ?? null
  const isOver = state !== 'active'
  return { address, mac, clientId, hostname, state: isOver ? 'released' : 'bound', startsMs: starts ?? 0, endsMs: ends }
}

/** `never`, `epoch SECONDS`, or weekday, date and time in UTC. undefined when it is none of them; null = never. */
function readMoment(words: readonly string[] | undefined): number | null | undefined {
  const [first = '', date = '', time = ''] = words ?? []
  if (first === 'never') return null
  if (first === 'epoch') return /^[0-9]{1,12}$/.test(date) ? Number(date) * 1000 : undefined
  const [, year, month, day] = /^([0-9]{4})\/([0-9]{2})\/([0-9]{2})$/.exec(date) ?? []
  const ms = Date.parse(`${year}-${month}-${day}T${time}Z`)
  return Number.isNaN(ms) ? undefined : ms
}
