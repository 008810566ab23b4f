import type { ImportReport } from '../commands/import-leases.ts'
import { isOccupied, leaseState } from '../leases/lease.ts'
import { encodeLabels } from '../message/domain-labels.ts'
import { formatHex, parseHex } from '../message/hex.ts'
import { sanitizeHostname } from '../message/hostname.ts'
import type { ForeignLease6, LeftOut } from '../transfer/foreign-lease.ts'
import { formatIpv6, parseIpv6 } from './address.ts'
import { mayHave, newBinding, reservationOf, Taken } from './assign.ts'
import { type Binding, bindingKey } from './binding.ts'
import type { Inquiry6 } from './decision.ts'
import { isDuid, macOfDuid } from './duid.ts'
import type { SubnetBindings } from './subnet-bindings.ts'
import { isIn } from './subnet-plan.ts'
import type { TrialPlace6 } from './try-message.ts'

/**
 * Takes over leases of another server: each as if its client had just asked to go on with its address, so that pools and
 * reservations count as they do for clients. All are stored before it returns.
 *
 * @param dry only tells what would be done
 * @throws Error when they cannot be stored; then nothing was changed
 */
export function importBindings(place: TrialPlace6, foreign: readonly ForeignLease6[], dry: boolean): ImportReport {
  const { desk } = place
  const left: Omit<LeftOut, 'line'>[] = []
  let imported = 0
  for (const one of foreign) {
    const binding = adopt(place, one)
    if (typeof binding === 'string') left.push({ what: one.address, reason: binding })
    else {
      imported++
      if (!dry) desk.enter([binding])
    }
  }
  if (!dry && !desk.settle()) throw new Error(desk.fault ?? 'cannot store IPv6 leases')
  return { imported, left_out: left }
}

/** The lease that takes the place of a foreign one, or why there is none. */
function adopt(place: TrialPlace6, foreign: ForeignLease6): Binding | string {
  const { desk } = place
  const { iaid } = foreign
  const address = parseIpv6(foreign.address) ?? 0n
  const subnet = desk.book.subnetOf(address)
  if (subnet === null || !subnet.plan.stateful) return 'it lies in no served subnet that addresses are given in'
  const inquiry = inquiryOf(place, foreign, subnet)
  if (typeof inquiry === 'string') return inquiry
  const { nowMs } = inquiry
  const own = reservationOf(inquiry, subnet)
  const reservation = own?.address === address ? own : undefined
  if (!mayHave(inquiry, iaid, { subnet, reservation }, address, new Taken())) return refusalOf(inquiry, subnet, address)
  const terms = { startsMs: foreign.startsMs, endsMs: foreign.endsMs ?? Number.POSITIVE_INFINITY }
  const granted = newBinding(inquiry, iaid, { subnet, address, reservation })
  const binding = desk.fromWall({ ...granted, ...terms, state: foreign.state })
  const known = subnet.of(bindingKey(binding))
  if (known !== undefined && leaseState(known, nowMs) === 'bound' && known.address !== address)
    return `its client has ${formatIpv6(known.address)} here`
  const present = subnet.at(address)
  if (present !== undefined && isOccupied(present, nowMs)) {
    if (!isOccupied(binding, nowMs) || present.endsMs >= binding.endsMs)
      return 'the lease that is known here lasts as long'
  } else if (isOccupied(binding, nowMs) && !subnet.hasRoomFor(binding.duid, 0))
    return 'its client, or the subnet, has as many leases as may be'
  return binding
}

/** What its client would ask. */
function inquiryOf(
  { desk, own, server }: TrialPlace6,
  { duid, iaid, mac, hostname }: ForeignLease6,
  subnet: SubnetBindings,
): Inquiry6 | string {
  const clientId = parseHex(duid)
  if (clientId === null || !isDuid(clientId)) return 'it does not tell whose it is'
  return {
    ...{ book: desk.book, relays: [], duid, source: 0n, link: [subnet], unicast: false, own: own.all },
    message: {
      ...{ type: 'RENEW', transactionId: 0, clientId, serverId: server, rapidCommit: false },
      associations: [{ kind: 'iaNa', iaid, addresses: [] }],
      requested: new Set(),
      clientFqdn: hostname === null ? null : fqdnOf(hostname),
    },
    mac: mac || (macOfDuid(clientId) ?? ''),
    server: formatHex(server),
    nowMs: desk.nowMs(),
  }
}

/** Option 39 of a client that calls itself so. */
function fqdnOf(name: string): Uint8Array {
  return Uint8Array.of(0, ...encodeLabels(sanitizeHostname(Buffer.from(name, 'latin1')) ?? ''))
}

function refusalOf({ own }: Inquiry6, subnet: SubnetBindings, address: bigint): string {
  if (own.has(address)) return 'it is an address of this machine'
  if (subnet.plan.reservations.byAddress.has(address)) return 'the address is reserved for another'
  if (!subnet.plan.pools.some((pool) => isIn(pool, address))) return 'it is in no pool'
  return 'the address is not free here'
}
