import { leaseState } from '../leases/lease.ts'
import type { LeaseClock } from '../leases/lease-clock.ts'
import type { LeaseName } from '../leases/lease-names.ts'
import { endText, type LeaseRow } from '../leases/lease-row.ts'
import { formatIpv6, parseIpv6 } from './address.ts'
import type { Binding } from './binding.ts'
import type { BindingBook } from './binding-book.ts'
import { isStrangers } from './strangers-binding.ts'

/**
 * Lists IPv6 leases by address.
 *
 * @param all also those that are over: expired or released
 */
export function listBindings(book: BindingBook, clock: LeaseClock, nowMs: number, all: boolean): LeaseRow[] {
  return [...book.bindings()]
    .filter((binding) => all || !OVER.has(leaseState(binding, nowMs)))
    .sort((one, other) => (one.address < other.address ? -1 : 1))
    .map((binding) => {
      const subnet = book.subnetOf(binding.address)?.plan.name ?? null
      return bindingRow(clock.toWall(binding), subnet, leaseState(binding, nowMs))
    })
}

const OVER: ReadonlySet<string> = new Set(['expired', 'released'])

/** @param binding with times of the wall clock */
export function bindingRow(binding: Binding, subnet: string | null, state: LeaseRow['state']): LeaseRow {
  return {
    address: formatIpv6(binding.address),
    mac: binding.mac,
    client_id: null,
    hostname: binding.hostname,
    subnet,
    state,
    starts: new Date(Math.max(0, binding.startsMs)).toISOString(),
    ends: endText(binding.endsMs),
    relay: binding.relay === 0n ? null : formatIpv6(binding.relay),
    reserved: binding.reserved,
    reason: state === 'declined' ? declinedReason(binding) : null,
    duid: binding.duid,
    iaid: binding.iaid,
    preferred_until: binding.state === 'bound' ? endText(preferredUntilMs(binding)) : null,
  }
}

function declinedReason(binding: Binding): string {
  return isStrangers(binding) ? 'found in use by a device without a lease of it' : 'its client found it in use'
}

function preferredUntilMs({ startsMs, endsMs, preferredSeconds }: Binding): number {
  return Math.min(endsMs, startsMs + preferredSeconds * 1000)
}

/** The names of clients that have an IPv6 lease now. @param addresses texts to look up; null = all */
export function bindingNames(book: BindingBook, nowMs: number, addresses: readonly unknown[] | null): LeaseName[] {
  const bindings = addresses === null ? [...book.bindings()] : addresses.flatMap((text) => bindingAt(book, text))
  return bindings.flatMap((binding) => {
    const { hostname, mac } = binding
    if (hostname === null || leaseState(binding, nowMs) !== 'bound') return []
    return [{ address: formatIpv6(binding.address), mac, hostname }]
  })
}

function bindingAt(book: BindingBook, text: unknown): Binding[] {
  const address = typeof text === 'string' ? parseIpv6(text) : null
  return address === null ? [] : [book.subnetOf(address)?.at(address) ?? []].flat()
}
