import { parseIpv4 } from '../../wire/address.ts'
import { parseIpv6 } from '../v6/address.ts'
import {
  type ForeignLease,
  type ForeignLease6,
  type LeftOut,
  type ParsedLeaseFile,
  readDuid,
  readHardware,
  readIaid,
  readIdentifier,
} from './foreign-lease.ts'

/**
 * Reads `dnsmasq.leases`: on each line the end (Unix time, 0 = never; or how long from now), hardware address, address, name or `*`, client
 * identifier or `*`. Leases of IPv6 follow a line with the DUID of the server: the end, IAID (after a `T` that of a temporary address), address, name or `*`, DUID.
 *
 * @param nowMs stands for the beginning of each lease, which the file does not tell
 * @returns leases and what was left out; never throws
 */
export function readDnsmasqLeases(file: string, nowMs: number): ParsedLeaseFile {
  const newest = new Map<string, ForeignLease>()
  const newest6 = new Map<string, ForeignLease6>()
  const leftOut: LeftOut[] = []
  for (const [index, text] of file.split('\n').entries()) {
    const words = text.trim().split(/\s+/)
    if (words[0] === '' || words[0] === 'duid') continue
    const lease = parseIpv6(words[2] ?? '') === null ? readLine(words, nowMs) : readLine6(words, nowMs)
    if (typeof lease === 'string') leftOut.push({ line: index + 1, what: text.trim().slice(0, 80), reason: lease })
    else if ('duid' in lease) newest6.set(lease.address, lease)
    else newest.set(lease.address, lease)
  }
  return {
    format: 'dnsmasq',
    leases: [...newest.values()],
    leases6: [...newest6.values()],
    hosts: [],
    hosts6: [],
    leftOut,
  }
}

function readLine(words: readonly string[], nowMs: number): ForeignLease | string {
  const [ends = '', hardware = '', address = '', name = '*', identifier = '*'] = words
  if (!isDnsmasqLine(words)) return 'it cannot be read'
  // The type stands before an address that is not of Ethernet: `06-aa:bb:…`.
  const mac = readHardware(hardware.replace(/^[0-9a-f]{2}-/i, '')) ?? ''
  const clientId = identifier === '*' ? null : readIdentifier(identifier)
  if (mac === '' && clientId === null) return 'it does not tell whose it is'
  return {
    address,
    mac,
    clientId,
    hostname: name === '*' ? null : name,
    state: 'bound',
    startsMs: nowMs,
    endsMs: readEnd(Number(ends), nowMs),
  }
}

function readLine6(words: readonly string[], nowMs: number): ForeignLease6 | string {
  const [ends = '', name = '', address = '', hostname = '*', identifier = ''] = words
  if (words.length !== 5 || !isEnd(ends)) return 'it cannot be read'
  if (name.startsWith('T')) return 'a temporary address: none is given here'
  const [duid, iaid] = [readDuid(identifier), readIaid(name)]
  if (duid === null || iaid === null) return 'it does not tell whose it is'
  return {
    ...{ address, mac: '', duid, iaid, state: 'bound', startsMs: nowMs },
    hostname: hostname === '*' ? null : hostname,
    endsMs: readEnd(Number(ends), nowMs),
  }
}

function isEnd(text: string): boolean {
  return /^[0-9]{1,12}$/.test(text)
}

/** No lease ends so early; a dnsmasq made for machines without a clock (OpenWrt) writes how long its leases last. */
const TIMES_FROM_S = 1_000_000_000
/** Such a one's for ever. */
const NEVER_S = 0xffffffff

function readEnd(seconds: number, nowMs: number): number | null {
  if (seconds === 0 || seconds === NEVER_S) return null
  return seconds < TIMES_FROM_S ? nowMs + seconds * 1000 : seconds * 1000
}

/** Whether these are the words of a line that dnsmasq writes about an IPv4 lease. */
export function isDnsmasqLine(words: readonly string[]): boolean {
  const [ends = '', , address = ''] = words
  return words.length >= 4 && words.length <= 5 && isEnd(ends) && parseIpv4(address) !== null
}
