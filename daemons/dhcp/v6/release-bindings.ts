import type { ReleasedRow } from '../commands/release-leases.ts'
import { isOccupied, leaseState } from '../leases/lease.ts'
import { formatIpv6, parseIpv6 } from './address.ts'
import type { Binding } from './binding.ts'
import type { BindingDesk } from './binding-desk.ts'

/**
 * Ends the IPv6 leases of a client, or that of an address, whether bound or set aside. A client that is still there goes on
 * using its address until it renews.
 *
 * @param word an IPv6 address, or in hex with or without colons or hyphens: a hardware address or a DUID
 * @returns those that ended; none when nothing was there to end, or its subnet is served no more
 * @throws Error when it cannot be stored; then nothing was changed
 */
export function releaseBindings(desk: BindingDesk, word: string): readonly ReleasedRow[] {
  const nowMs = desk.nowMs()
  const served = desk.book.subnets.flatMap((subnet) => [...subnet.all()])
  const ended = served.filter((binding) => isMeant6(word, binding) && isOccupied(binding, nowMs))
  desk.enter(ended.map((binding) => ({ ...binding, state: 'released', endsMs: nowMs })))
  if (!desk.settle()) throw new Error(desk.fault ?? 'cannot store IPv6 leases')
  return ended.map((binding) => ({
    address: formatIpv6(binding.address),
    mac: binding.mac,
    client_id: null,
    duid: binding.duid,
    state: leaseState(binding, nowMs),
  }))
}

function isMeant6(word: string, { address, mac, duid }: Binding): boolean {
  const wanted = parseIpv6(word)
  if (wanted !== null) return wanted === address
  const digits = word.toLowerCase().replaceAll(/[:-]/g, '')
  return digits !== '' && (digits === duid || digits === mac.replaceAll(':', ''))
}
