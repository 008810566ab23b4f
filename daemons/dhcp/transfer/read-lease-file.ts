import { hasDnsmasqHosts, readDnsmasqHosts } from './dnsmasq-hosts.ts'
import { isDnsmasqLine, readDnsmasqLeases } from './dnsmasq-leases.ts'
import type { LeaseFileFormat, ParsedLeaseFile } from './foreign-lease.ts'
import { readIscLeases } from './isc-leases.ts'
import { readKeaLeases } from './kea-leases.ts'
import { readKeaLeases6 } from './kea-leases6.ts'

/** Tells by its first words which server wrote a lease file; null when none that we know. */
export function detectLeaseFormat(file: string): LeaseFileFormat | null {
  const lines = file.split('\n', LOOKED_AT).map((line) => line.trim())
  const first = lines.find((line) => line !== '' && !line.startsWith('#')) ?? ''
  if (first.startsWith('address,hwaddr,client_id,') || first.startsWith(KEA6)) return 'kea'
  if (ISC_WORDS.test(first)) return 'isc'
  return isDnsmasqLine(first.split(/\s+/)) || first.startsWith('duid ') ? 'dnsmasq' : null
}

/** The first columns of a memfile of DHCPv6. */
const KEA6 = 'address,duid,valid_lifetime,'

/** What a lease file of dhcpd begins with, or its configuration. */
const ISC_WORDS =
  /^(lease|failover|server-duid|authoring-byte-order|ia-(na|ta|pd)|host|subnet6?|shared-network|group|class|option|authoritative|not|allow|deny|ignore|include|key|zone|omapi-(port|key)|log-facility|ddns-[a-z-]+|(default|min|max)-lease-time|use-host-decl-names|update-[a-z-]+|ping-check|one-lease-per-client|next-server|filename|preferred-lifetime|dhcpv6-[a-z-]+)(?=[\s{;]|$)/

/** Lines, so that a file of something else is not read to its end for nothing. */
const LOOKED_AT = 200

/**
 * Reads a lease file of another server, or the hosts in a configuration of dnsmasq or ISC dhcpd.
 *
 * @param file the whole text, one character per octet
 * @returns null when it is of no known form; never throws
 */
export function readLeaseFile(file: string, nowMs: number): ParsedLeaseFile | null {
  switch (detectLeaseFormat(file)) {
    case 'isc':
      return readIscLeases(file)
    case 'dnsmasq':
      return readDnsmasqLeases(file, nowMs)
    case 'kea':
      return file.trimStart().startsWith(KEA6) ? readKeaLeases6(file) : readKeaLeases(file)
    case null:
      return hasDnsmasqHosts(file) ? readDnsmasqHosts(file) : null
  }
}
