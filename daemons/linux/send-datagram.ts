import { isMappedIpv4, parseAddress } from '../wire/address.ts'
import { CONTROL_BYTES, writePacketInfo } from './control-messages.ts'
import { check, declare } from './libc.ts'
import { MessageHeaders } from './message-headers.ts'
import { Pinned } from './pinned.ts'
import { AF_INET, AF_INET6, encodeInternetAddress, encodeLinkAddress, SOCKADDR_BYTES } from './sockaddr.ts'

const sendmsg = declare<(fd: number, header: bigint, flags: number) => number>(
  'int64 sendmsg(int fd, void *header, int flags)',
)
const sendto = declare<
  (fd: number, bytes: Uint8Array, length: number, flags: number, address: Uint8Array, addressLength: number) => number
>('int64 sendto(int fd, void *bytes, size_t length, int flags, void *address, uint32_t addressLength)')

const MSG_DONTWAIT = 0x40
const LARGEST = 65_536

export interface DatagramTarget {
  readonly address: string
  readonly port: number
  /** Index of the interface to leave by; needed for broadcasts and link-local addresses. */
  readonly device?: number
  /** Our address to send from; without it the kernel chooses. */
  readonly source?: string
}

interface SendMemory {
  readonly payload: Pinned
  readonly peers: Pinned
  readonly control: Pinned
  readonly controlWords: Uint32Array
  readonly headers: MessageHeaders
}

/** Made at the first datagram: most daemons only answer. */
let memory: SendMemory | null = null

function makeMemory(): SendMemory {
  const payload = new Pinned(LARGEST)
  const peers = new Pinned(SOCKADDR_BYTES)
  const control = new Pinned(CONTROL_BYTES)
  const headers = new MessageHeaders(1, { payload, peers, control, slotBytes: LARGEST })
  return { payload, peers, control, controlWords: control.words(), headers }
}

/**
 * Sends one datagram through a UDP socket, without blocking.
 *
 * @throws SystemError: EAGAIN when the send queue is full, ENETUNREACH, EPERM, …
 */
export function sendDatagram(fd: number, bytes: Uint8Array, to: DatagramTarget): void {
  memory ??= makeMemory()
  const peer = encodeInternetAddress(to.address, to.port, to.device ?? 0)
  peer.bytes.copy(memory.peers.bytes)
  memory.payload.bytes.set(bytes)
  const controlBytes = writeRoute(memory, to)
  memory.headers.point(0, 0, bytes.length, peer.length, controlBytes)
  check(Number(sendmsg(fd, memory.headers.address, MSG_DONTWAIT)), 'sendmsg', to.address)
}

/** Fixes source address and interface, as far as the caller named them. */
function writeRoute(memory: SendMemory, to: DatagramTarget): number {
  if (to.device === undefined && to.source === undefined) return 0
  const family = to.address.includes(':') ? AF_INET6 : AF_INET
  const source = to.source === undefined ? new Uint8Array(16) : parseAddress(to.source)
  if (source === null) throw new TypeError(`not an IP address: ${to.source}`)
  const offset = family === AF_INET && source.length === 16 && isMappedIpv4(source) ? 12 : 0
  return writePacketInfo(memory.controlWords, 0, family, source, offset, to.device ?? 0)
}

/**
 * Sends one whole Ethernet frame through a `packet://` socket.
 *
 * @param frame from the destination address on, without checksum; at least 14 bytes
 */
export function sendFrame(fd: number, frame: Uint8Array, interfaceIndex: number): void {
  const address = encodeLinkAddress(interfaceIndex, frame)
  check(Number(sendto(fd, frame, frame.length, MSG_DONTWAIT, address.bytes, address.length)), 'sendto')
}
