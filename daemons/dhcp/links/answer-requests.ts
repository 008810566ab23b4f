import type { DatagramBatch } from '../../linux/datagram-batch.ts'
import type { Clock } from '../../runtime/contract.ts'
import type { FloodGuard } from '../abuse/flood-guard.ts'
import type { Limited } from '../abuse/flood-limits.ts'
import type { Arrival, ClientDecision, Site } from '../decide/decision.ts'
import type { DecisionHistory } from '../decide/decision-history.ts'
import type { LeaseDesk } from '../leases/lease-desk.ts'
import { formatHex } from '../message/hex.ts'
import { hardwareAddress, type Message, messageType } from '../message/message.ts'
import { OPTION } from '../message/option-code.ts'
import type { DhcpSection } from '../section.ts'
import type { OwnAddressReader } from '../subnets/own-addresses.ts'
import type { Tally } from '../tally.ts'
import type { Door } from './door.ts'
import type { LinkGuard } from './link-guard.ts'
import { sendReply } from './send-reply.ts'

/** What all doors share. */
export interface Counter {
  readonly desk: LeaseDesk
  readonly own: OwnAddressReader
  readonly tally: Tally
  readonly history: DecisionHistory
  readonly clock: Clock
  readonly probeToken: Uint8Array | null
  /** Asks who has an address, and watches the links; null = nobody does. */
  readonly guard: LinkGuard | null
}

/** The settings that matter for every message. */
export interface Settings {
  readonly serverIdentifier: number | null
  readonly relayPort: DhcpSection['relayPort']
  /** Attached networks whose switches may add option 82. */
  readonly trustedLinks: ReadonlySet<string>
  /** Leaves out what is too much. */
  readonly flood: FloodGuard
}

/** One message that came in by a door. */
export interface Request {
  /** The whole datagram; may lie in the batch. */
  readonly bytes: Uint8Array
  readonly message: Message
  readonly arrival: Arrival
  readonly probe: boolean
  /** Where it lies in the batch; null = it waited, and is in none. */
  readonly slot: number | null
}

/**
 * Decides about messages of one door, stores what all of them changed at once, then sends the replies. Each is counted
 * under one outcome; one whose address is asked about first is kept, and counted when it is decided.
 *
 * @param batch the one that the messages lie in
 */
export function answerRequests(
  counter: Counter,
  settings: Settings,
  door: Door,
  requests: readonly Request[],
  batch: DatagramBatch | null,
): void {
  const { desk, tally, clock, guard } = counter
  const own = counter.own.at(clock.monotonicMs())
  const { serverIdentifier, relayPort } = settings
  const site: Site = { own: own.all, serverIdentifier, relayPort }
  const check = guard?.checkFor(door) ?? null
  const decided = requests.map((request) => ({
    request,
    decision: desk.take(request.message, request.arrival, site, request.probe, check),
  }))
  const stored = desk.settle()
  const hardware = own.byInterface.get(door.device ?? '')?.hardware ?? new Uint8Array(6)
  for (const { request, decision } of decided) {
    if (decision.outcome === 'checking') {
      const parked = { bytes: Uint8Array.from(request.bytes), arrival: request.arrival, door }
      if (guard?.park(decision.client, decision.address, parked) === true) tally.count('superseded')
      continue
    }
    const isLost = !stored && decision.changes.length > 0 && !request.probe
    record(counter, request, decision, isLost)
    if (decision.reply === null || isLost) continue
    const exit = { door, batch, slot: request.slot, arrival: request.arrival, hardware }
    if (!sendReply(decision.reply, exit)) tally.count('send_failed')
  }
}

function record(counter: Counter, request: Request, decision: ClientDecision, isLost: boolean): void {
  const { tally, history, desk, guard } = counter
  const { message, probe, arrival } = request
  if (probe) {
    tally.count('probes')
    return
  }
  const type = messageType(message) ?? 'BOOTP'
  const outcome = isLost ? 'store_failed' : decision.outcome
  const counted = CLIENT_TYPES.get(type)
  if (counted !== undefined) tally.count(counted)
  tally.count(outcome)
  if (outcome === 'ignored_other_server' && type === 'REQUEST') guard?.heardChoice(message, arrival)
  const { mac, clientId } = namesOf(message)
  history.add({
    atMs: counter.clock.wallMs(),
    mac,
    clientId,
    type,
    outcome,
    reason: isLost ? (desk.fault ?? '') : decision.reason,
    address: decision.address,
    relay: message.giaddr,
  })
}

/** Counts a message that is not looked at, and remembers it for the question why. */
export function recordUnread({ tally, history, clock }: Counter, message: Message, outcome: Unread): void {
  tally.count(outcome)
  history.add({
    atMs: clock.wallMs(),
    ...namesOf(message),
    type: messageType(message) ?? 'BOOTP',
    outcome,
    reason: UNREAD_WORDS[outcome],
    address: 0,
    relay: message.giaddr,
  })
}

/** Why a message is not looked at. */
type Unread = Limited | 'ignored_no_interface_address'

const UNREAD_WORDS: Readonly<Record<Unread, string>> = {
  ignored_no_interface_address: 'the interface that it came in by has no address',
  limited_mac: 'its hardware address sends more than limits.per_mac',
  limited_port: 'its port sends more than limits.per_port',
  limited_link: 'its interface or relay brings more than limits.per_link from clients without a lease',
}

/** By what people ask for the client. */
function namesOf(message: Message): { mac: string; clientId: string | null } {
  const clientId = message.options.get(OPTION.clientIdentifier)
  return {
    mac: formatHex(hardwareAddress(message), ':'),
    clientId: clientId === undefined ? null : formatHex(clientId),
  }
}

/** Message types that clients send, with the counter of each. */
const CLIENT_TYPES: ReadonlyMap<string, string> = new Map(
  ['DISCOVER', 'REQUEST', 'DECLINE', 'RELEASE', 'INFORM'].map((type) => [type, type.toLowerCase()]),
)
