import type { DatagramBatch } from '../linux/datagram-batch.ts'
import type { Clock } from '../runtime/contract.ts'
import type { Arrival, ClientDecision, Site } from './decision.ts'
import type { DecisionHistory } from './decision-history.ts'
import type { Door } from './door.ts'
import { formatHex } from './hex.ts'
import type { LeaseDesk } from './lease-desk.ts'
import { hardwareAddress, type Message, messageType, readUint32 } from './message.ts'
import { decodeMessage } from './message-codec.ts'
import { OPTION } from './option-code.ts'
import type { OwnAddresses, OwnAddressReader } from './own-addresses.ts'
import type { DhcpSection } from './section.ts'
import { sendReply } from './send-reply.ts'
import type { Tally } from './tally.ts'

/** What all doors share. */
export interface Counter {
  readonly desk: LeaseDesk
  readonly own: OwnAddressReader
  readonly tally: Tally
  readonly history: DecisionHistory
  readonly clock: Clock
  readonly probeToken: Uint8Array | null
}

interface Pending {
  readonly slot: number
  readonly message: Message
  readonly arrival: Arrival
  readonly probe: boolean
  readonly decision: ClientDecision
}

/**
 * Serves one batch: decides about each message, stores what all of them changed at once, then sends the replies.
 * Each datagram is counted under one outcome.
 */
export function answerBatch(
  counter: Counter,
  settings: Settings,
  door: Door,
  batch: DatagramBatch,
  count: number,
): void {
  const { desk, tally, clock } = counter
  const own = counter.own.at(clock.monotonicMs())
  const site: Site = { own: own.all, serverIdentifier: settings.serverIdentifier, relayPort: settings.relayPort }
  const link = findLink(door, own, desk)
  const pending: Pending[] = []
  for (let slot = 0; slot < count; slot++) {
    const message = readSlot(batch, slot, tally)
    if (message === null) continue
    const probe = isProbe(message, counter.probeToken)
    if (door.socket.probeOnly && !probe) tally.count('ignored_probe_door')
    else if (door.device !== null && link === null) tally.count('ignored_no_interface_address')
    else {
      const arrival = readArrival(batch, slot, link)
      pending.push({ slot, message, arrival, probe, decision: desk.take(message, arrival, site, probe) })
    }
  }
  const stored = desk.settle()
  const hardware = own.byInterface.get(door.device ?? '')?.hardware ?? new Uint8Array(6)
  for (const one of pending) {
    const isLost = !stored && one.decision.changes.length > 0 && !one.probe
    record(counter, one, isLost)
    const { reply } = one.decision
    if (reply === null || isLost) continue
    if (!sendReply(reply, { door, batch, slot: one.slot, arrival: one.arrival, hardware })) tally.count('send_failed')
  }
}

/** The settings that matter for every message. */
export interface Settings {
  readonly serverIdentifier: number | null
  readonly relayPort: DhcpSection['relayPort']
}

function readSlot(batch: DatagramBatch, slot: number, tally: Tally): Message | null {
  if (batch.wireLength(slot) > batch.slotBytes) {
    tally.count('malformed_too_long')
    return null
  }
  const start = slot * batch.slotBytes
  const decoded = decodeMessage(batch.bytes.subarray(start, start + batch.length(slot)))
  if (decoded.kind === 'message') return decoded.message
  tally.count(`malformed_${decoded.reason}`)
  return null
}

function readArrival(batch: DatagramBatch, slot: number, link: Arrival['link']): Arrival {
  const isOurs = batch.localLength(slot) === 4 && !batch.sentToMany(slot)
  return {
    source: batch.peerLength(slot) === 4 ? readUint32(batch.peers, batch.peerOffset(slot)) : 0,
    sourcePort: batch.peerPort(slot),
    local: isOurs ? readUint32(batch.control, batch.localOffset(slot)) : 0,
    link,
  }
}

/** Our address on the door's network: one that lies in a served subnet, if any does. */
function findLink(door: Door, own: OwnAddresses, desk: LeaseDesk): Arrival['link'] {
  if (door.device === null) return null
  const addresses = own.byInterface.get(door.device)?.addresses ?? []
  const address = addresses.find((one) => desk.book.subnetOf(one) !== null) ?? addresses[0]
  return address === undefined ? null : { address }
}

function isProbe(message: Message, token: Uint8Array | null): boolean {
  const mark = message.options.get(OPTION.probeToken)
  return (
    mark !== undefined && token !== null && mark.length === token.length && mark.every((byte, at) => byte === token[at])
  )
}

function record(counter: Counter, pending: Pending, isLost: boolean): void {
  const { tally, history, desk } = counter
  const { message, decision } = pending
  if (pending.probe) {
    tally.count('probes')
    return
  }
  const type = messageType(message) ?? 'BOOTP'
  const outcome = isLost ? 'store_failed' : decision.outcome
  if (CLIENT_TYPES.has(type)) tally.count(type.toLowerCase())
  tally.count(outcome)
  history.add({
    atMs: counter.clock.wallMs(),
    ...namesOf(message),
    type,
    outcome,
    reason: isLost ? (desk.fault ?? '') : decision.reason,
    address: decision.address,
    relay: message.giaddr,
  })
}

/** By what people ask for the client. */
function namesOf(message: Message): { mac: string; clientId: string | null } {
  const clientId = message.options.get(OPTION.clientIdentifier)
  return {
    mac: formatHex(hardwareAddress(message), ':'),
    clientId: clientId === undefined ? null : formatHex(clientId),
  }
}

const CLIENT_TYPES: ReadonlySet<string> = new Set(['DISCOVER', 'REQUEST', 'DECLINE', 'RELEASE', 'INFORM'])
