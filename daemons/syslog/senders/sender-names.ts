import { parseAddress } from '../../wire/address.ts'
import type { Sender } from './sender.ts'

/** What a sender calls itself. */
export interface SenderName {
  readonly address: string
  readonly host: string
}

/**
 * The names of senders that all their messages agree on. Who passes on what others said has none.
 *
 * @param params of the question: `{ addresses }`, to look up, as the book has them
 * @attack a sender may call itself what it likes: whoever shows such a name says where it is from
 */
export function senderNames(senders: Iterable<Sender>, params: unknown): SenderName[] {
  const { addresses } = Object(params)
  const asked = new Set(Array.isArray(addresses) ? addresses : [])
  return Array.from(senders).flatMap(({ address, hosts }) => {
    const host = asked.has(address) ? ownName(hosts) : null
    return host === null ? [] : [{ address, host }]
  })
}

/** The newest of several forms of one name, with or without its domain; null when there are two names, or only addresses. */
function ownName(hosts: readonly string[]): string | null {
  const names = hosts.filter((host) => parseAddress(host) === null)
  const labels = new Set(names.map((name) => name.split('.')[0]?.toLowerCase()))
  return labels.size === 1 ? (names.at(-1) ?? null) : null
}
