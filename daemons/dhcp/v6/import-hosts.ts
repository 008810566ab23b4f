import { hostLabel, type SentHost } from '../commands/import-hosts.ts'
import type { ImportReport } from '../commands/import-leases.ts'
import type { CommandPlace6 } from './command-place.ts'

/** A host of IPv6 as the command line sends it. */
export type SentHost6 = Omit<SentHost, 'clientId'> & { readonly duid?: string | null }

/**
 * Makes reservations of the hosts of another server: by hardware address where the file tells one. A name is made one
 * that hosts can have.
 *
 * @param dry only tells what would be done
 * @throws Error when they cannot be written; then nothing was changed
 */
export function importHosts6(
  { desk, reservations, own }: CommandPlace6,
  hosts: readonly SentHost6[],
  { wallMs, dry }: { readonly wallMs: number; readonly dry: boolean },
): ImportReport {
  const wishes = hosts.map(({ address = '', mac = '', duid, hostname }) => ({
    client: mac === '' ? (duid ?? '') : mac,
    address,
    hostname: hostLabel(hostname ?? ''),
  }))
  const objections = reservations.reserveAll(desk, own.all, wishes, { wallMs, dry })
  const left = objections.flatMap((reason, at) => (reason === null ? [] : [{ what: hosts[at]?.address ?? '', reason }]))
  return { imported: hosts.length - left.length, left_out: left }
}
