import { parseIpv4 } from '../../wire/address.ts'
import { type ForeignHost, type LeftOut, type ParsedLeaseFile, readHardware, readIdentifier } from './foreign-lease.ts'

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
  const leftOut: LeftOut[] = []
  for (const [index, text] of file.split('\n').entries()) {
    const [, told] = HOST_LINE.exec(text) ?? []
    if (told === undefined) continue
    const line = index + 1
    const host = readHost(told.split(',').map((word) => word.trim()))
    if (typeof host === 'string') leftOut.push({ line, what: told.slice(0, 80), reason: host })
    else {
      const { others, ...one } = host
      hosts.push({ line, ...one })
      for (const mac of others)
        leftOut.push({ line, what: mac, reason: 'one of several cards: add it in the configuration' })
    }
  }
  return { format: 'dnsmasq', leases: [], leases6: [], hosts, leftOut }
}

/** The words of one line; in words why no reservation can be made of it. */
function readHost(words: readonly string[]): (Omit<ForeignHost, 'line'> & { others: readonly string[] }) | string {
  if (words.some((word) => word.includes('*') && word !== 'id:*')) return 'it is for many hosts: make a class of it'
  if (words.includes('ignore')) return 'it is not to be served: put it on a deny list'
  const macs = words
    .filter((word) => HARDWARE.test(word))
    .flatMap((word) => readHardware(word.replace(/^.{1,2}-/, '')) ?? [])
  const [address] = words.filter((word) => parseIpv4(word) !== null)
  const identifier = words.find((word) => word.startsWith('id:') && word !== 'id:*')?.slice(3)
  const clientId = identifier === undefined ? null : readId(identifier)
  const [mac = '', ...others] = macs
  if (address === undefined) return 'it has no address of its own'
  if (mac === '' && clientId === null) return 'it does not tell whose it is'
  const isName = (word: string): boolean => /^[a-z0-9][a-z0-9.-]*$/i.test(word)
  const hostname = words.find(
    (word) => isName(word) && !HARDWARE.test(word) && parseIpv4(word) === null && !LEASE_TIME.test(word),
  )
  return { address, mac, clientId, hostname: hostname ?? null, others }
}

/** Octets in hex with colons, else text. */
function readId(text: string): string | null {
  return (text.includes(':') ? readIdentifier(text) : null) ?? (Buffer.from(text, 'latin1').toString('hex') || null)
}
