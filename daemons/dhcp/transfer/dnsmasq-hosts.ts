import { parseIpv4 } from '../../wire/address.ts'
import { parseIpv6 } from '../v6/address.ts'
import {
  type ForeignHost,
  type ForeignHost6,
  type LeftOut,
  type ParsedLeaseFile,
  readDuid,
  readHardware,
  readIdentifier,
} from './foreign-lease.ts'

/** A line of a configuration of dnsmasq that is about one host. */
const HOST_LINE = /^\s*dhcp-host\s*=\s*(.*?)\s*(#.*)?$/
const HARDWARE = /^([0-9a-f]{1,2}-)?([0-9a-f]{1,2}:){5,15}[0-9a-f]{1,2}$/i
const LEASE_TIME = /^([0-9]+[smhdw]?|infinite)$/i

/** Whether this is a configuration of dnsmasq with hosts in it. */
export function hasDnsmasqHosts(file: string): boolean {
  return /^[ \t]*dhcp-host[ \t]*=/m.test(file)
}

/** Reads the `dhcp-host` lines of a configuration of dnsmasq. @returns hosts and what was left out; never throws */
export function readDnsmasqHosts(file: string): ParsedLeaseFile {
  const hosts: ForeignHost[] = []
  const hosts6: ForeignHost6[] = []
  const leftOut: LeftOut[] = []
  for (const [index, text] of file.split('\n').entries()) {
    const [, told] = HOST_LINE.exec(text) ?? []
    if (told === undefined) continue
    const line = index + 1
    const skip = (what: string, reason: string): number => leftOut.push({ line, what, reason })
    const words = told.split(',').map((word) => word.trim())
    const host = readHost(words)
    if (typeof host === 'string') {
      skip(told.slice(0, 80), host)
      continue
    }
    const { others, address, clientId, duid, ...one } = host
    if (address !== undefined) hosts.push({ line, address, clientId, ...one })
    for (const mac of others) skip(mac, 'one of several cards: add it in the configuration')
    for (const word of words.filter((each) => each.startsWith('['))) {
      const address6 = word.slice(1, -1)
      const reason = refusalOf6(address6, one.mac, duid)
      if (reason === null) hosts6.push({ line, address: address6, duid: one.mac === '' ? duid : null, ...one })
      else skip(word, reason)
    }
  }
  return { format: 'dnsmasq', leases: [], leases6: [], hosts, hosts6, leftOut }
}

/** Why no reservation of an IPv6 address can be made, in words. */
function refusalOf6(address: string, mac: string, duid: string | null): string | null {
  if (parseIpv6(address) === null) return 'it is not one IPv6 address'
  // dnsmasq puts the network of a range before it.
  if (address.startsWith('::')) return 'it has no network: write it whole'
  return mac === '' && duid === null ? 'it does not tell whose it is' : null
}

interface HostWords {
  /** Of IPv4. */
  readonly address: string | undefined
  readonly mac: string
  readonly clientId: string | null
  /** The identifier, where it can be one. */
  readonly duid: string | null
  readonly hostname: string | null
  /** Further hardware addresses. */
  readonly others: readonly string[]
}

/** The words of one line; in words why no reservation can be made of it. */
function readHost(words: readonly string[]): HostWords | string {
  if (words.some((word) => word.includes('*') && word !== 'id:*')) return 'it is for many hosts: make a class of it'
  if (words.includes('ignore')) return 'it is not to be served: put it on a deny list'
  const macs = words
    .filter((word) => HARDWARE.test(word))
    .flatMap((word) => readHardware(word.replace(/^.{1,2}-/, '')) ?? [])
  const [address] = words.filter((word) => parseIpv4(word) !== null)
  const identifier = words.find((word) => word.startsWith('id:') && word !== 'id:*')?.slice(3)
  const clientId = identifier === undefined ? null : readId(identifier)
  const duid = identifier === undefined ? null : readDuid(identifier)
  const [mac = '', ...others] = macs
  if (address === undefined && !words.some((word) => word.startsWith('['))) return 'it has no address of its own'
  if (mac === '' && clientId === null) return 'it does not tell whose it is'
  const isName = (word: string): boolean => /^[a-z0-9][a-z0-9.-]*$/i.test(word)
  const hostname = words.find(
    (word) => isName(word) && !HARDWARE.test(word) && parseIpv4(word) === null && !LEASE_TIME.test(word),
  )
  return { address, mac, clientId, duid, hostname: hostname ?? null, others }
}

/** Octets in hex with colons, else text. */
function readId(text: string): string | null {
  return (text.includes(':') ? readIdentifier(text) : null) ?? (Buffer.from(text, 'latin1').toString('hex') || null)
}
