import type { DatagramBatch } from '../../linux/datagram-batch.ts'
import { readUint32 } from '../../wire/octets.ts'
import type { Parked } from '../conflict/conflict-desk.ts'
import type { Arrival } from '../decide/decision.ts'
import type { LeaseDesk } from '../leases/lease-desk.ts'
import type { Message } from '../message/message.ts'
import { decodeMessage } from '../message/message-codec.ts'
import { OPTION } from '../message/option-code.ts'
import type { OwnAddresses } from '../subnets/own-addresses.ts'
import type { Tally } from '../tally.ts'
import { answerRequests, type Counter, type Request, recordUnread, type Settings } from './answer-requests.ts'
import type { Door } from './door.ts'

/**
 * Serves one batch: each datagram is read, and all that are messages for us are answered together.
 *
 * @returns how many OFFERs were sent
 */
export function answerBatch(
  counter: Counter,
  settings: Settings,
  door: Door,
  batch: DatagramBatch,
  count: number,
): number {
  const { desk, tally, clock } = counter
  const trusted = settings.trustedLinks.has(door.device ?? '')
  const link = findLink(door, counter.own.at(clock.monotonicMs()), desk, trusted)
  const requests: Request[] = []
  const place = { device: door.device, trusted, book: desk.book, nowMs: desk.nowMs(), monotonicMs: clock.monotonicMs() }
  const isTooMuch = (message: Message): boolean => {
    const limited = settings.flood.admit(message, place)
    if (limited !== null) recordUnread(counter, message, limited)
    return limited !== null
  }
  for (let slot = 0; slot < count; slot++) {
    const bytes = readSlot(batch, slot, tally)
    const message = bytes === null ? null : readMessage(bytes, tally)
    if (bytes === null || message === null) continue
    const probe = isProbe(message, counter.probeToken)
    if (door.socket.probeOnly && !probe) tally.count('ignored_probe_door')
    else if (door.device !== null && link === null) recordUnread(counter, message, 'ignored_no_interface_address')
    else if (!probe && isTooMuch(message)) continue
    else requests.push({ slot, bytes, message, arrival: readArrival(batch, slot, link), probe })
  }
  return answerRequests(counter, settings, door, requests, batch)
}

/** Serves messages that waited for an answer about their address. */
export function answerParked(counter: Counter, settings: Settings, parked: readonly Parked[]): void {
  for (const [door, those] of Map.groupBy(parked, (one) => one.door)) {
    const requests = those.flatMap(({ bytes, arrival }): Request[] => {
      const message = readMessage(bytes, counter.tally)
      return message === null ? [] : [{ slot: null, bytes, message, arrival, probe: false }]
    })
    answerRequests(counter, settings, door, requests, null)
  }
}

function readSlot(batch: DatagramBatch, slot: number, tally: Tally): Uint8Array | null {
  if (batch.wireLength(slot) > batch.slotBytes) {
    tally.count('malformed_too_long')
    return null
  }
  const { buffer, byteOffset } = batch.bytes
  // Not a Buffer: views of one are dearer, and a message has a dozen.
  return new Uint8Array(buffer, byteOffset + slot * batch.slotBytes, batch.length(slot))
}

function readMessage(bytes: Uint8Array, tally: Tally): Message | null {
  const decoded = decodeMessage(bytes)
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
function findLink(door: Door, own: OwnAddresses, desk: LeaseDesk, trusted: boolean): Arrival['link'] {
  if (door.device === null) return null
  const addresses = own.byInterface.get(door.device)?.addresses ?? []
  const address = addresses.find((one) => desk.book.subnetOf(one) !== null) ?? addresses[0]
  return address === undefined ? null : { address, trusted }
}

function isProbe(message: Message, token: Uint8Array | null): boolean {
  const mark = message.options.get(OPTION.probeToken)
  return (
    mark !== undefined && token !== null && mark.length === token.length && mark.every((byte, at) => byte === token[at])
  )
}
