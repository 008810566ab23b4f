import type { DatagramBatch } from '../../linux/datagram-batch.ts'
import { sendDatagram, sendFrame } from '../../linux/send-datagram.ts'
import { SystemError } from '../../linux/system-error.ts'
import { formatIpv4 } from '../../wire/address.ts'
import type { Arrival, Reply } from '../decide/decision.ts'
import { encodeFrame } from '../message/frame.ts'
import { encodeMessage } from '../message/message-codec.ts'
import { type Door, doorIndex } from './door.ts'

const SERVER_PORT = 67
const CLIENT_PORT = 68
const TO_ALL = 0xffffffff
const ALL_HARDWARE = new Uint8Array(6).fill(0xff)

/** One reply at a time is made here: no frame is longer. */
const room = new Uint8Array(1500)

/** The place a reply leaves from. */
export interface Exit {
  readonly door: Door
  readonly batch: DatagramBatch | null
  /** Where the request lies; a reply to its sender is written over it. null = it lies in no batch. */
  readonly slot: number | null
  readonly arrival: Arrival
  /** Hardware address of the door's interface. */
  readonly hardware: Uint8Array
}

/**
 * Sends a reply where it belongs, without waiting.
 *
 * @returns whether the kernel took it; a client that gets nothing asks again
 */
export function sendReply(reply: Reply, exit: Exit): boolean {
  const { bytes } = encodeMessage(reply.message, reply.maxBytes, room)
  const { destination } = reply
  try {
    switch (destination.kind) {
      case 'relay':
        sendRouted(bytes, destination.address, destination.port, exit)
        break
      case 'unicast':
        sendRouted(bytes, destination.address, CLIENT_PORT, exit)
        break
      case 'broadcast':
        sendOnLink(bytes, TO_ALL, ALL_HARDWARE, exit)
        break
      case 'frame':
        sendOnLink(bytes, destination.address, destination.hardware, exit)
        break
    }
    return true
  } catch (error) {
    if (error instanceof SystemError) return false
    throw error
  }
}

function sendRouted(bytes: Uint8Array, address: number, port: number, exit: Exit): void {
  const { batch, slot, arrival, door } = exit
  const isBack = address === arrival.source && port === arrival.sourcePort
  if (isBack && batch !== null && slot !== null && bytes.length <= batch.slotBytes) {
    batch.bytes.set(bytes, slot * batch.slotBytes)
    batch.reply(slot, bytes.length)
    return
  }
  const source = arrival.local !== 0 ? arrival.local : (arrival.link?.address ?? 0)
  sendDatagram(door.socket.fd, bytes, {
    address: formatIpv4(address),
    port,
    ...(source === 0 ? {} : { source: formatIpv4(source) }),
  })
}

/** Frames carry whole checksums, which some clients insist on; the plain broadcast is the way out without them. */
function sendOnLink(bytes: Uint8Array, target: number, targetHardware: Uint8Array, exit: Exit): void {
  const { door, arrival, hardware } = exit
  const source = arrival.link?.address ?? 0
  const device = doorIndex(door)
  if (door.frameFd !== null) {
    const ports = { sourcePort: SERVER_PORT, targetPort: CLIENT_PORT }
    const frame = encodeFrame(bytes, { sourceHardware: hardware, targetHardware, source, target, ...ports })
    try {
      sendFrame(door.frameFd, frame, device)
      return
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
    }
  }
  const to = { address: formatIpv4(TO_ALL), port: CLIENT_PORT, device, source: formatIpv4(source) }
  sendDatagram(door.socket.fd, bytes, to)
}
