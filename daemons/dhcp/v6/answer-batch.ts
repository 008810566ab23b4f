import type { DatagramBatch } from '../../linux/datagram-batch.ts'
import { SOCKADDR_BYTES } from '../../linux/sockaddr.ts'
import type { Clock } from '../../runtime/contract.ts'
import type { Limited } from '../abuse/flood-limits.ts'
import type { DecisionHistory } from '../decide/decision-history.ts'
import { formatHex } from '../message/hex.ts'
import type { DhcpSection } from '../section.ts'
import type { Tally } from '../tally.ts'
import { formatIpv6, readAddress } from './address.ts'
import { encodeAnswer } from './answer.ts'
import { clientMac } from './binding.ts'
import type { Asked, BindingDesk } from './binding-desk.ts'
import { CLIENT_PORT, SERVER_PORT } from './codes.ts'
import type { Decision6 } from './decision.ts'
import type { Door6 } from './door.ts'
import { findLink } from './find-link.ts'
import type { FloodGuard6 } from './flood-guard.ts'
import { linkAddressOf, type Message, type Relay } from './message.ts'
import { deviceWith, type OwnAddresses6, type OwnAddressReader6, selfIn } from './own-addresses.ts'
import { decideProbe6, isProbe6 } from './probe.ts'
import { decodeDatagram, wrapAnswer } from './relay-codec.ts'

/** What all doors share. */
export interface Counter6 {
  readonly desk: BindingDesk
  readonly own: OwnAddressReader6
  readonly tally: Tally
  readonly history: DecisionHistory
  readonly clock: Clock
  /** DUID of this server. */
  readonly server: Uint8Array
  /** DUID of the supervisor's probe in hex; null = there is no supervisor. */
  readonly probe: string | null
}

/** The settings that matter for every message. */
export interface Settings6 {
  /** `source` = answers go to the port that the relay agent sent from. */
  readonly relayPort: DhcpSection['relayPort']
  readonly flood: FloodGuard6
}

interface Request6 {
  readonly slot: number
  readonly asked: Asked
  readonly decision: Decision6
  readonly probe: boolean
}

/** Serves one batch: each datagram is read and decided about, what all of them changed is stored at once, then the answers go. */
export function answerBatch6(
  counter: Counter6,
  settings: Settings6,
  door: Door6,
  batch: DatagramBatch,
  count: number,
): void {
  const { desk, tally, clock } = counter
  const own = counter.own.at(clock.monotonicMs())
  const requests: Request6[] = []
  for (let slot = 0; slot < count; slot++) {
    const asked = readAsked(counter, door, own, batch, slot)
    if (asked === null) continue
    if (isProbe6(asked, counter.probe)) {
      requests.push({ slot, asked, decision: decideProbe6(desk, asked), probe: true })
      continue
    }
    if (door.socket.probeOnly) {
      tally.count('ignored_probe_door')
      continue
    }
    const limited = settings.flood.admit({ ...asked, nowMs: desk.nowMs() }, door.device, clock.monotonicMs())
    if (limited === null) requests.push({ slot, asked, decision: desk.take(asked), probe: false })
    else {
      tally.count(limited)
      remember(counter, asked, limited, LIMITED_WORDS[limited], null)
    }
  }
  const stored = desk.settle()
  for (const { slot, asked, decision, probe } of requests) {
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
    const answer = wrapAnswer(encodeAnswer(asked.message, decision.answer, counter.server, self), asked.relays)
    if (answer.length > batch.slotBytes) tally.count('answer_too_long')
    else send(batch, slot, answer, portFor(asked.relays, settings.relayPort))
  }
}

/** Reads one slot; what cannot be read is counted. */
function readAsked(
  { desk, tally, server }: Counter6,
  door: Door6,
  own: OwnAddresses6,
  batch: DatagramBatch,
  slot: number,
): Asked | null {
  if (batch.wireLength(slot) > batch.slotBytes) {
    tally.count('malformed_too_long')
    return null
  }
  const start = slot * batch.slotBytes
  // A copy: the answer is written over it, and what is remembered of it must not change with the next batch.
  const decoded = decodeDatagram(Uint8Array.from(batch.bytes.subarray(start, start + batch.length(slot))))
  if (decoded.kind === 'malformed') {
    tally.count(`malformed_${decoded.reason}`)
    return null
  }
  const { message, relays } = decoded
  const source = relays.at(-1)?.peerAddress ?? readAddress(batch.peers, batch.peerOffset(slot))
  return {
    ...{ message, relays },
    duid: message.clientId === null ? '' : formatHex(message.clientId),
    source,
    mac: macOf(message, relays, source),
    link: findLink(desk.book, relays, door.device, (plan) => plan.device ?? deviceWith(own, plan)),
    unicast: relays.length === 0 && batch.localLength(slot) === 16 && !batch.sentToMany(slot),
    server: formatHex(server),
    own: own.all,
  }
}

function macOf({ clientId }: Message, relays: readonly Relay[], source: bigint): string {
  const told = relays.findLast(({ clientMac: mac }) => mac !== null)?.clientMac ?? null
  return clientMac(told, clientId ?? new Uint8Array(0), source)
}

/** @rfc 8415 section 7.2; 8357: a relay agent that asks for it is answered at the port it sent from; null = that port */
function portFor(relays: readonly Relay[], relayPort: Settings6['relayPort']): number | null {
  const nearest = relays[0]
  if (nearest === undefined) return CLIENT_PORT
  return relayPort === 'source' || nearest.sourcePort !== null ? null : SERVER_PORT
}

function send(batch: DatagramBatch, slot: number, answer: Uint8Array, port: number | null): void {
  batch.bytes.set(answer, slot * batch.slotBytes)
  // The port stands behind the family in a sockaddr_in6.
  if (port !== null) batch.peers.writeUInt16BE(port, slot * SOCKADDR_BYTES + 2)
  batch.reply(slot, answer.length)
}

function remember(
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

const LIMITED_WORDS: Readonly<Record<Limited, string>> = {
  limited_mac: 'it sends more than limits.per_mac',
  limited_port: 'its port sends more than limits.per_port',
  limited_link: 'its interface or relay brings more than limits.per_link from clients without a lease',
}
