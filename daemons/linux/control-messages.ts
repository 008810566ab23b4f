import type { TakePinned } from './pinned.ts'

/**
 * Control messages (cmsg) that come with a datagram, linux/socket.h: each a header of 16 bytes (u64 length with the
 * header, i32 level, i32 type) and its value, the next one aligned to 8.
 */

/** Room for all control messages of one datagram; a socket that tells departures tells each arrival twice on older kernels. */
export const CONTROL_BYTES = 192

/** What the kernel told of each slot's datagram; 0 or -1 (drops) where it told nothing. */
export interface Arrival {
  readonly control: Uint32Array
  readonly seconds: Float64Array
  readonly nanoseconds: Uint32Array
  readonly drops: Int32Array
  readonly interfaces: Int32Array
  /** Byte offset in the control memory of the address the datagram was sent to. */
  readonly locals: Int32Array
  /** Hop limit of an IPv6 datagram; -1 where the socket does not tell it. */
  readonly hops: Int32Array
  readonly senders: Int32Array
  /** Descriptors that came along with datagrams and are open here now: to be closed by whoever reads this. */
  readonly descriptors: number[]
}

const SOL_SOCKET = 1
const IPPROTO_IP = 0
const IPPROTO_IPV6 = 41
const SCM_RIGHTS = 1
const SCM_CREDENTIALS = 2
const SCM_TIMESTAMPNS = 35
const SCM_RXQ_OVFL = 40
const IP_PKTINFO = 8
const IPV6_PKTINFO = 50
const IPV6_HOPLIMIT = 52

const SO_TIMESTAMPING = 37
const SOF_TIMESTAMPING_TX_SOFTWARE = 1 << 1

const HEADER_WORDS = 4
const AF_INET = 2

/** Makes room for the arrival of `slots` datagrams whose control messages lie in `control`. */
export function makeArrival(slots: number, control: Uint32Array, take: TakePinned): Arrival {
  const numbers = (): Int32Array => {
    const { buffer, byteOffset } = take(slots * 4).bytes
    return new Int32Array(buffer, byteOffset, slots)
  }
  const seconds = take(slots * 8).bytes
  const nanoseconds = take(slots * 4).bytes
  return {
    control,
    seconds: new Float64Array(seconds.buffer, seconds.byteOffset, slots),
    nanoseconds: new Uint32Array(nanoseconds.buffer, nanoseconds.byteOffset, slots),
    drops: numbers(),
    interfaces: numbers(),
    locals: numbers(),
    hops: numbers(),
    senders: numbers(),
    descriptors: [],
  }
}

/** Reads the control messages of one slot into the columns of `arrival`; `length` is msg_controllen. */
export function parseControl(arrival: Arrival, slot: number, length: number): void {
  const { control } = arrival
  arrival.seconds[slot] = 0
  arrival.nanoseconds[slot] = 0
  arrival.drops[slot] = -1
  arrival.interfaces[slot] = 0
  arrival.locals[slot] = 0
  arrival.hops[slot] = -1
  arrival.senders[slot] = 0
  const start = (slot * CONTROL_BYTES) >> 2
  const end = start + (length >> 2)
  let at = start
  while (at + HEADER_WORDS <= end) {
    const size = control[at] ?? 0
    if (size < 16) return
    const level = control[at + 2]
    const type = control[at + 3]
    const value = at + HEADER_WORDS
    if (level === SOL_SOCKET && type === SCM_TIMESTAMPNS) {
      arrival.seconds[slot] = (control[value] ?? 0) + (control[value + 1] ?? 0) * 2 ** 32
      arrival.nanoseconds[slot] = control[value + 2] ?? 0
    } else if (level === SOL_SOCKET && type === SCM_RXQ_OVFL) {
      arrival.drops[slot] = control[value] ?? 0
    } else if (level === SOL_SOCKET && type === SCM_CREDENTIALS) {
      arrival.senders[slot] = control[value] ?? 0
    } else if (level === SOL_SOCKET && type === SCM_RIGHTS) {
      for (let word = value; word < at + (size >> 2); word++) arrival.descriptors.push(control[word] ?? 0)
    } else if (level === IPPROTO_IP && type === IP_PKTINFO) {
      // struct in_pktinfo: ipi_ifindex, ipi_spec_dst (ours, also when the datagram was a broadcast), ipi_addr. Of what came
      // before the socket asked the kernel keeps only the last, which does not say whether it was meant for us alone.
      arrival.interfaces[slot] = control[value] ?? 0
      if (control[value + 1] !== 0) arrival.locals[slot] = (value + 1) * 4
    } else if (level === IPPROTO_IPV6 && type === IPV6_PKTINFO) {
      // struct in6_pktinfo: ipi6_addr, ipi6_ifindex
      arrival.interfaces[slot] = control[value + 4] ?? 0
      arrival.locals[slot] = value * 4
    } else if (level === IPPROTO_IPV6 && type === IPV6_HOPLIMIT) {
      arrival.hops[slot] = control[value] ?? 0
    }
    at += ((size + 7) & ~7) >> 2
  }
}

/**
 * Writes the control message that fixes an outgoing datagram's source address.
 *
 * @param words memory of the control messages, `at` the word where to write
 * @param address holds the source address from `offset`: 4 bytes for AF_INET, else 16
 * @param interfaceIndex interface to leave by, 0 = as routed
 * @returns bytes written, alignment included
 */
export function writePacketInfo(
  words: Uint32Array,
  at: number,
  family: number,
  address: Uint8Array,
  offset: number,
  interfaceIndex: number,
): number {
  const value = at + HEADER_WORDS
  const bytes = family === AF_INET ? 12 : 20
  words[at] = 16 + bytes
  words[at + 1] = 0
  words[at + 2] = family === AF_INET ? IPPROTO_IP : IPPROTO_IPV6
  words[at + 3] = family === AF_INET ? IP_PKTINFO : IPV6_PKTINFO
  if (family === AF_INET) {
    words[value] = interfaceIndex
    words[value + 1] = wordAt(address, offset)
    words[value + 2] = 0
    return 32
  }
  for (let index = 0; index < 4; index++) words[value + index] = wordAt(address, offset + 4 * index)
  words[value + 4] = interfaceIndex
  return 40
}

/**
 * Writes the control message that asks for the time at which an outgoing datagram leaves; see `Departures`.
 *
 * @param words memory of the control messages, `at` the word where to write
 * @returns bytes written, alignment included
 */
export function writeDepartureWish(words: Uint32Array, at: number): number {
  words[at] = 20
  words[at + 1] = 0
  words[at + 2] = SOL_SOCKET
  words[at + 3] = SO_TIMESTAMPING
  words[at + HEADER_WORDS] = SOF_TIMESTAMPING_TX_SOFTWARE
  words[at + HEADER_WORDS + 1] = 0
  return 24
}

function wordAt(bytes: Uint8Array, offset: number): number {
  return (
    ((bytes[offset] ?? 0) |
      ((bytes[offset + 1] ?? 0) << 8) |
      ((bytes[offset + 2] ?? 0) << 16) |
      ((bytes[offset + 3] ?? 0) << 24)) >>>
    0
  )
}
