import * as v from 'valibot'
import type { DhcpSection } from '../../daemons/dhcp/section.ts'
import { ipv4 } from '../pieces/address.ts'
import { duration } from '../pieces/duration.ts'
import { list, oneOf } from '../pieces/piece.ts'

/** Keys of `[dhcp]` about what else is on the links. */
export const watchEntries = {
  conflict_check: v.optional(
    oneOf('How it is found out whether an address is in use before it is offered to a client that never had it.', [
      'arp',
      'icmp',
      'off',
    ]),
    'arp',
  ),
  conflict_wait: v.optional(duration('How long an answer is waited for.', '10ms', '3s'), '300ms'),
  trusted_servers: v.optional(list('Other DHCP servers that are meant to be there.', ipv4('A server.')), []),
  search_servers_every: v.optional(
    duration('How often other DHCP servers are looked for by a DISCOVER; absent = never.', '1s', '7d'),
  ),
}

interface WrittenWatch {
  readonly conflict_check: DhcpSection['conflictCheck']
  readonly conflict_wait: number
  readonly trusted_servers: readonly string[]
  readonly search_servers_every?: number | undefined
}

/** Fills in what they leave open. */
export function buildWatch(
  section: WrittenWatch,
): Pick<DhcpSection, 'conflictCheck' | 'conflictWaitMs' | 'trustedServers' | 'searchServersMs'> {
  return {
    conflictCheck: section.conflict_check,
    conflictWaitMs: section.conflict_wait,
    trustedServers: section.trusted_servers,
    searchServersMs: section.search_servers_every ?? null,
  }
}
