import type { DatagramBatch } from '../../linux/datagram-batch.ts'
import { SOCKADDR_BYTES } from '../../linux/sockaddr.ts'
import type { Limited } from '../abuse/flood-limits.ts'
import { formatHex } from '../message/hex.ts'
import type { DhcpSection } from '../section.ts'
import { readAddress } from './address.ts'
import { answerRequests6, type Counter6, type Request6, remember } from './answer-requests.ts'
import { clientMac } from './binding.ts'
import type { Asked } from './binding-desk.ts'
import { CLIENT_PORT, SERVER_PORT } from './codes.ts'
import type { Door6 } from './door.ts'
import { findLink } from './find-link.ts'
import type { FloodGuard6 } from './flood-guard.ts'
import type { Message, Relay } from './message.ts'
import { deviceWith, type OwnAddresses6 } from './own-addresses.ts'
import { isProbe6 } from './probe.ts'
import { decodeDatagram } from './relay-codec.ts'

/** The settings that matter for every message. */
export interface Settings6 {
  /** `source` = answers go to the port that the relay agent sent from. */
  readonly relayPort: DhcpSection['relayPort']
  readonly flood: FloodGuard6
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
    const probe = isProbe6(asked, counter.probe)
    if (!probe && door.socket.probeOnly) {
      tally.count('ignored_probe_door')
      continue
    }
    const limited = probe
      ? null
      : settings.flood.admit({ ...asked, nowMs: desk.nowMs() }, door.device, clock.monotonicMs())
    if (limited === null) {
      const port = portFor(asked.relays, settings.relayPort)
      requests.push({ asked, probe, send: (answer) => send(batch, slot, answer, port) })
    } else {
      tally.count(limited)
      remember(counter, asked, limited, LIMITED_WORDS[limited], null)
    }
  }
  answerRequests6(counter, door, requests)
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

function send(batch: DatagramBatch, slot: number, answer: Uint8Array, port: number | null): 'answer_too_long' | null {
  if (answer.length > batch.slotBytes) return 'answer_too_long'
  batch.bytes.set(answer, slot * batch.slotBytes)
  // The port stands behind the family in a sockaddr_in6.
  if (port !== null) batch.peers.writeUInt16BE(port, slot * SOCKADDR_BYTES + 2)
  batch.reply(slot, answer.length)
  return null
}

const LIMITED_WORDS: Readonly<Record<Limited, string>> = {
  limited_mac: 'it sends more than limits.per_mac',
  limited_port: 'its port sends more than limits.per_port',
  limited_link: 'its interface or relay brings more than limits.per_link from clients without a lease',
}
