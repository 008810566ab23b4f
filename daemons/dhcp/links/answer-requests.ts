import type { DatagramBatch } from '../../linux/datagram-batch.ts'
import type { Clock } from '../../runtime/contract.ts'
import type { FloodGuard } from '../abuse/flood-guard.ts'
import type { Limited } from '../abuse/flood-limits.ts'
import type { Arrival, ClientDecision, Site } from '../decide/decision.ts'
import type { DecisionHistory, DecisionRecord } from '../decide/decision-history.ts'
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
 * Decides about messages of one door, stores what all of them changed at once, then sends the replies that rest on it. Those
 * that promise nothing leave before: who hears an OFFER can ask for it while others' leases are written. Each message is
 * counted under one outcome; one whose address is asked about first is kept, and counted when it is decided.
 *
 * @param batch the one that the messages lie in
 * @returns how many of the replies are OFFERs, which most clients answer at once
 */
export function answerRequests(
  counter: Counter,
  settings: Settings,
  door: Door,
  requests: readonly Request[],
  batch: DatagramBatch | null,
): number {
  const { desk, tally, clock, guard } = counter
  const own = counter.own.at(clock.monotonicMs())
  const { serverIdentifier, relayPort } = settings
  const site: Site = { own: own.all, serverIdentifier, relayPort }
  const check = guard?.checkFor(door) ?? null
  const promises: Decided[] = []
  const others: Decided[] = []
  for (const request of requests) {
    const decision = desk.take(request.message, request.arrival, site, request.probe, check)
    const isPromise = decision.changes.length > 0 && !request.probe
    // The reply may be written over the message.
    const asked = describe(request.message)
    ;(isPromise ? promises : others).push({ request, asked, decision })
  }
  const hardware = own.byInterface.get(door.device ?? '')?.hardware ?? NO_HARDWARE
  const send = ({ request, decision }: Decided): void => {
    if (decision.reply === null) return
    const exit = { door, batch, slot: request.slot, arrival: request.arrival, hardware }
    if (!sendReply(decision.reply, exit)) tally.count('send_failed')
  }
  for (const one of others) send(one)
  if (promises.length > 0) batch?.flush(door.socket.fd)
  for (const one of others)
    if (one.decision.outcome === 'checking') park(counter, door, one)
    else record(counter, one, false)
  const stored = desk.settle()
  for (const one of promises) {
    record(counter, one, !stored)
    if (stored) send(one)
  }
  return others.filter(({ decision }) => decision.outcome === 'offer').length
}

/** A message, what the history tells of it, and what is done about it. */
interface Decided {
  readonly request: Request
  readonly asked: Asked
  readonly decision: ClientDecision
}

function park({ guard, tally }: Counter, door: Door, { request, decision }: Decided): void {
  const parked = { bytes: Uint8Array.from(request.bytes), arrival: request.arrival, door }
  if (guard?.park(decision.client, decision.address, parked) === true) tally.count('superseded')
}

function record(counter: Counter, { request, asked, decision }: Decided, isLost: boolean): void {
  const { tally, history, desk, guard } = counter
  const { message, probe, arrival } = request
  if (probe) {
    tally.count('probes')
    return
  }
  const outcome = isLost ? 'store_failed' : decision.outcome
  const counted = CLIENT_TYPES.get(asked.type)
  if (counted !== undefined) tally.count(counted)
  tally.count(outcome)
  if (outcome === 'ignored_other_server' && asked.type === 'REQUEST') guard?.heardChoice(message, arrival)
  history.add({
    atMs: counter.clock.wallMs(),
    ...asked,
    outcome,
    reason: isLost ? (desk.fault ?? '') : decision.reason,
    address: decision.address,
  })
}

/** Counts a message that is not looked at, and remembers it for the question why. */
export function recordUnread({ tally, history, clock }: Counter, message: Message, outcome: Unread): void {
  tally.count(outcome)
  history.add({
    atMs: clock.wallMs(),
    ...describe(message),
    outcome,
    reason: UNREAD_WORDS[outcome],
    address: 0,
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

/** Who asked what: people look for it by the names of the client. */
type Asked = Pick<DecisionRecord, 'mac' | 'clientId' | 'type' | 'relay'>

function describe(message: Message): Asked {
  const clientId = message.options.get(OPTION.clientIdentifier)
  return {
    mac: formatHex(hardwareAddress(message), ':'),
    clientId: clientId === undefined ? null : formatHex(clientId),
    type: messageType(message) ?? 'BOOTP',
    relay: message.giaddr,
  }
}

/** Message types that clients send, with the counter of each. */
const CLIENT_TYPES: ReadonlyMap<string, string> = new Map(
  ['DISCOVER', 'REQUEST', 'DECLINE', 'RELEASE', 'INFORM'].map((type) => [type, type.toLowerCase()]),
)
const NO_HARDWARE = new Uint8Array(6)
