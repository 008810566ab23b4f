import { formatIpv4, parseIpv4 } from '../../wire/address.ts'
import { uint32Bytes } from '../../wire/octets.ts'
import { decide } from '../decide/decide.ts'
import type { ClientDecision, Site } from '../decide/decision.ts'
import { isOccupied, type Lease, leaseState } from '../leases/lease.ts'
import type { LeaseDesk } from '../leases/lease-desk.ts'
import { parseHex } from '../message/hex.ts'
import { OPTION } from '../message/option-code.ts'
import type { ForeignLease, LeftOut } from '../transfer/foreign-lease.ts'
import { makeMessage } from './made-message.ts'

/** What an import did, or would do. */
export interface ImportReport {
  readonly imported: number
  readonly left_out: readonly Omit<LeftOut, 'line'>[]
}

/**
 * Takes over leases of another server: each as if its client had just asked to go on with its address, so that pools,
 * reservations and denied hardware addresses count as they do for clients; classes do not. All are stored before it returns.
 *
 * @param dry only tells what would be done
 * @throws Error when they cannot be stored; then nothing was changed
 */
export function importLeases(
  desk: LeaseDesk,
  site: Site,
  foreign: readonly ForeignLease[],
  dry: boolean,
): ImportReport {
  const left: Omit<LeftOut, 'line'>[] = []
  let imported = 0
  for (const one of foreign) {
    const lease = adopt(desk, site, one)
    if (typeof lease === 'string') left.push({ what: one.address, reason: lease })
    else {
      imported++
      if (!dry) desk.enter([lease])
    }
  }
  if (!dry && !desk.settle()) throw new Error(desk.fault ?? 'cannot store leases')
  return { imported, left_out: left }
}

/** The lease that takes the place of a foreign one, or why there is none. */
function adopt(desk: LeaseDesk, site: Site, foreign: ForeignLease): Lease | string {
  const address = parseIpv4(foreign.address) ?? 0
  const subnet = desk.book.subnetOf(address)
  if (subnet === null) return 'it lies in no served subnet'
  const denial = subnet.plan.denial(foreign.mac, [])
  if (denial !== null) return denial
  const nowMs = desk.nowMs()
  const decision = ask(desk, site, foreign, address)
  const granted = decision.changes.find((lease) => lease.address === address)
  if (decision.outcome !== 'ack' || granted === undefined) return decision.reason
  const terms = { startsMs: foreign.startsMs, endsMs: foreign.endsMs ?? Number.POSITIVE_INFINITY }
  const lease = desk.fromWall({ ...granted, ...terms, state: foreign.state })
  const known = subnet.leaseOf(decision.client)
  if (known !== undefined && leaseState(known, nowMs) === 'bound' && known.address !== address)
    return `its client has ${formatIpv4(known.address)} here`
  const present = subnet.leaseAt(address)
  if (
    present !== undefined &&
    isOccupied(present, nowMs) &&
    (!isOccupied(lease, nowMs) || present.endsMs >= lease.endsMs)
  )
    return 'the lease that is known here lasts as long'
  return lease
}

/** A name for ourselves where we have none yet. */
const LOOPBACK = 0x7f000001

function ask(desk: LeaseDesk, site: Site, foreign: ForeignLease, address: number): ClientDecision {
  const server = site.serverIdentifier ?? [...site.own][0] ?? LOOPBACK
  const name = Buffer.from(foreign.hostname ?? '', 'latin1')
  const message = makeMessage({
    type: 'REQUEST',
    hardware: parseHex(foreign.mac) ?? new Uint8Array(0),
    clientId: foreign.clientId === null ? null : parseHex(foreign.clientId),
    requested: address,
    giaddr: 0,
    options: [
      [OPTION.serverIdentifier, uint32Bytes(server)],
      ...(name.length === 0 ? [] : [[OPTION.hostName, name] as const]),
    ],
  })
  const arrival = { source: 0, sourcePort: 68, local: 0, link: { address } }
  const own = new Set([...site.own, server])
  return decide(message, {
    book: desk.book,
    site: { ...site, own },
    arrival,
    nowMs: desk.nowMs(),
    // No file tells a client's class, so that the pools of all classes are open to it, as they are to the probe.
    probe: true,
    fault: null,
  })
}
