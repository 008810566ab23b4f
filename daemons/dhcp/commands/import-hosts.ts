import { sanitizeHostname } from '../message/hostname.ts'
import type { ForeignHost } from '../transfer/foreign-lease.ts'
import type { CommandPlace } from './answer-command.ts'
import { type ClientWord, readClientWord } from './client-word.ts'
import type { ImportReport } from './import-leases.ts'

/** A host as the command line sends it. */
export type SentHost = Partial<Pick<ForeignHost, 'address' | 'mac' | 'hostname'>> & {
  readonly clientId?: string | null
}

/**
 * Makes reservations of the hosts of another server: by hardware address where the file tells one. A name is made one
 * that hosts can have.
 *
 * @param dry only tells what would be done
 * @throws Error when they cannot be written; then nothing was changed
 */
export function importHosts(
  { desk, reservations, own, clock }: CommandPlace,
  hosts: readonly SentHost[],
  dry: boolean,
): ImportReport {
  const wishes = hosts.map(({ address = '', mac = '', clientId, hostname }) => ({
    client: readClientWord(mac === '' ? (clientId ?? '') : mac) ?? NOBODY,
    address,
    hostname: hostLabel(hostname ?? ''),
  }))
  const objections = reservations.reserveAll(desk, own.all, wishes, { wallMs: clock.wallMs(), dry })
  const left = objections.flatMap((reason, at) => (reason === null ? [] : [{ what: hosts[at]?.address ?? '', reason }]))
  return { imported: hosts.length - left.length, left_out: left }
}

/** A client that is refused in words: there is no lease at 0.0.0.0. */
const NOBODY: ClientWord = { kind: 'address', address: 0 }

/** The name of a host as it can have one, without its domain; null when nothing is left. */
export function hostLabel(name: string): string | null {
  return sanitizeHostname(Buffer.from(name.replace(/\..*$/s, ''), 'latin1'))
}
