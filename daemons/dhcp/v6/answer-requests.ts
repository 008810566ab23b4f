import { interfaceIndex } from '../../linux/interfaces.ts'
import { sendDatagram } from '../../linux/send-datagram.ts'
import { SystemError } from '../../linux/system-error.ts'
import type { Clock } from '../../runtime/contract.ts'
import type { DecisionHistory } from '../decide/decision-history.ts'
import type { Tally } from '../tally.ts'
import { formatIpv6 } from './address.ts'
import { encodeAnswer } from './answer.ts'
import type { DeviceOf } from './binding-book.ts'
import type { Asked, BindingDesk } from './binding-desk.ts'
import { CLIENT_PORT } from './codes.ts'
import { type Decision6, ignore6 } from './decision.ts'
import type { Door6 } from './door.ts'
import { findLink } from './find-link.ts'
import { linkAddressOf } from './message.ts'
import type { NeighbourGuard, Parked6 } from './neighbour-guard.ts'
import { deviceWith, type OwnAddressReader6, selfIn } from './own-addresses.ts'
import { decideProbe6 } from './probe.ts'
import { wrapAnswer } from './relay-codec.ts'

/** What all doors share. */
export interface Counter6 {
  readonly desk: BindingDesk
  readonly own: OwnAddressReader6
  readonly tally: Tally
  readonly history: DecisionHistory
  readonly clock: Clock
  /** DUID of this server. */
  readonly server: Uint8Array
  /** Asks who has an address; null = nobody does. */
  readonly guard: NeighbourGuard | null
  /** DUID of the supervisor's probe in hex; null = there is no supervisor. */
  readonly probe: string | null
}

/** One message that is to be answered. */
export interface Request6 {
  readonly asked: Asked
  readonly probe: boolean
  /** Sends the answer; otherwise tells by which counter it was not sent. */
  readonly send: (answer: Uint8Array) => 'answer_too_long' | 'send_failed' | null
}

/** Addresses that one message may find in use; with one more it is not answered, and its client asks again. */
const MOST_TAKEN = 8

/**
 * Decides about messages of one door, stores what all of them changed at once, then sends the answers. Each is counted
 * under one outcome; one whose address is asked about first is kept, and counted when it is decided.
 */
export function answerRequests6(counter: Counter6, door: Door6, requests: readonly Request6[]): void {
  const { desk, tally, clock, guard } = counter
  const own = counter.own.at(clock.monotonicMs())
  const decided = requests.flatMap((request) => {
    const { asked, probe } = request
    const decision = probe ? decideProbe6(desk, asked) : decide(counter, door, asked)
    if (typeof decision !== 'bigint') return { request, decision }
    if (guard?.park(decision, { asked, door }) === true) tally.count('superseded')
    return []
  })
  const stored = desk.settle()
  for (const { request, decision } of decided) {
    const { asked, probe, send } = request
    const isLost = !stored && decision.changes.length > 0
    if (probe) tally.count('probes')
    else {
      const outcome = isLost ? 'store_failed' : decision.outcome
      tally.count(asked.message.type.toLowerCase().replace('-', '_'))
      tally.count(outcome)
      remember(counter, asked, outcome, isLost ? (desk.fault ?? '') : decision.reason, decision.address)
    }
    if (decision.answer === null || isLost) continue
    const { settings: plan } = decision.answer
    const self = plan === null ? null : selfIn(own, plan, door.device)
    const unsent = send(wrapAnswer(encodeAnswer(asked.message, decision.answer, counter.server, self), asked.relays))
    if (unsent !== null) tally.count(unsent)
  }
}

/**
 * A message that waited, as it would be taken in now: a command or a reload may have brought other subnets and reservations into
 * force, and in the books of before the addresses given since are free.
 */
export function askedAnew({ desk, own, clock }: Counter6, { asked, door }: Parked6): Asked {
  const addresses = own.at(clock.monotonicMs())
  const deviceOf: DeviceOf = (plan) => plan.device ?? deviceWith(addresses, plan)
  return { ...asked, link: findLink(desk.book, asked.relays, door.device, deviceOf) }
}

/** Answers messages that waited. */
export function answerParked6(counter: Counter6, parked: readonly Parked6[]): void {
  for (const door of new Set(parked.map((one) => one.door))) {
    const mine = parked.filter((one) => one.door === door).map((one) => askedAnew(counter, one))
    answerRequests6(
      counter,
      door,
      mine.map((asked) => ({ asked, probe: false, send: (answer) => sendTo(door, asked, answer) })),
    )
  }
}

/** The decision, entered; or an address that is asked about first. */
function decide({ desk, guard }: Counter6, door: Door6, asked: Asked): Decision6 | bigint {
  for (let taken = 0; ; taken++) {
    const decision = desk.consider(asked)
    const finding = guard?.check(door, asked, decision) ?? { kind: 'clear' }
    if (finding.kind === 'wait') return finding.address
    if (finding.kind === 'clear') {
      desk.enter(decision.changes)
      return decision
    }
    desk.setAside(finding.address, finding.by)
    if (taken === MOST_TAKEN)
      return ignore6('address_conflict', 'every address tried is used by others', finding.address)
  }
}

/** Sends to a client on an attached network. */
function sendTo({ socket, device }: Door6, { source }: Asked, answer: Uint8Array): 'send_failed' | null {
  try {
    const to = { address: formatIpv6(source), port: CLIENT_PORT, device: interfaceIndex(device ?? '') }
    sendDatagram(socket.fd, answer, to)
    return null
  } catch (error) {
    if (error instanceof SystemError) return 'send_failed'
    throw error
  }
}

/** Keeps what became of a message for the question why. */
export function remember(
  { history, clock }: Counter6,
  asked: Asked,
  outcome: string,
  reason: string,
  address: bigint | null,
): void {
  const link = linkAddressOf(asked.relays)
  history.add({
    atMs: clock.wallMs(),
    mac: asked.mac,
    clientId: asked.duid === '' ? null : asked.duid,
    type: asked.message.type,
    outcome,
    reason,
    address: address === null ? 0 : formatIpv6(address),
    relay: link === 0n ? 0 : formatIpv6(link),
  })
}
