import {
  type Arrival,
  CONTROL_BYTES,
  makeArrival,
  parseControl,
  writeDepartureWish,
  writePacketInfo,
} from './control-messages.ts'
import { check, declare, EAGAIN, EINTR, lastErrno, systemError } from './libc.ts'
import { HEADER_BYTES, MessageHeaders } from './message-headers.ts'
import { closeFd } from './open-socket.ts'
import { type Pinned, type TakePinned, takeOwn } from './pinned.ts'
import { AF_INET, AF_INET6, formatSockaddr, SOCKADDR_BYTES, sockaddrPort } from './sockaddr.ts'

const recvmmsg = declare<(fd: number, headers: bigint, count: number, flags: number, timeout: bigint) => number>(
  'int recvmmsg(int fd, void *headers, uint count, int flags, void *timeout)',
)
const sendmmsg = declare<(fd: number, headers: bigint, count: number, flags: number) => number>(
  'int sendmmsg(int fd, void *headers, uint count, int flags)',
)

const MSG_TRUNC = 0x20
const MSG_DONTWAIT = 0x40
const MSG_CMSG_CLOEXEC = 0x4000_0000
const FLAGS = MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC

/**
 * Receives and answers datagrams many at a time (recvmmsg, sendmmsg), in memory allocated once. Slot `i` holds the
 * i-th datagram of the last `receive`; all accessors are about that batch. No object is made per datagram.
 */
export class DatagramBatch {
  readonly slots: number
  readonly slotBytes: number
  /** Slot `i` occupies `[i * slotBytes, (i + 1) * slotBytes)`; work and answer in place. */
  readonly bytes: Buffer
  /** Raw socket addresses of the senders, 128 bytes each. */
  readonly peers: Buffer
  /** Raw control messages; `localOffset` points into them. */
  readonly control: Buffer

  readonly #incoming: MessageHeaders
  readonly #outgoing: MessageHeaders
  readonly #pins: readonly Pinned[]
  readonly #arrival: Arrival
  readonly #answerWords: Uint32Array
  #filled = 0
  #queued = 0
  #stamped = 0

  /** Memory that a batch takes, where it is taken from memory that threads share. */
  static bytesFor({ slots, slotBytes }: { readonly slots: number; readonly slotBytes: number }): number {
    return slots * (slotBytes + SOCKADDR_BYTES + 2 * CONTROL_BYTES + BOOKKEEPING_BYTES) + SHARED_SLACK_BYTES
  }

  /**
   * @param options.slots datagrams per system call, 1..1024; slotBytes: room for each, longer ones are cut; take: where its
   *   memory comes from: two batches over the same memory are one that two threads can use by turns
   */
  constructor(options: { readonly slots: number; readonly slotBytes: number; readonly take?: TakePinned }) {
    const take = options.take ?? takeOwn
    this.slots = options.slots
    this.slotBytes = options.slotBytes
    const payload = take(options.slots * options.slotBytes)
    const peers = take(options.slots * SOCKADDR_BYTES)
    const control = take(options.slots * CONTROL_BYTES)
    const answers = take(options.slots * CONTROL_BYTES)
    this.bytes = payload.bytes
    this.peers = peers.bytes
    this.control = control.bytes
    this.#incoming = new MessageHeaders(options.slots, { payload, peers, control, slotBytes: options.slotBytes }, take)
    this.#outgoing = new MessageHeaders(
      options.slots,
      {
        payload,
        peers,
        control: answers,
        slotBytes: options.slotBytes,
      },
      take,
    )
    this.#pins = [payload, peers, control, answers]
    this.#arrival = makeArrival(options.slots, control.words(), take)
    this.#answerWords = answers.words()
  }

  /**
   * Takes what waits, up to one batch, without blocking.
   *
   * @returns how many slots are filled; 0 = the queue is empty
   * @throws SystemError when the descriptor itself is bad
   */
  receive(fd: number): number {
    this.#queued = 0
    this.#stamped = 0
    this.#incoming.rearm(this.#filled)
    this.#filled = 0
    let count = recvmmsg(fd, this.#incoming.address, this.slots, FLAGS, 0n)
    for (let tries = 0; count < 0; tries++) {
      const errno = lastErrno()
      if (errno === EAGAIN) return 0
      // Anything else but a bad descriptor is the echo of an earlier send (ICMP) or a signal: ask again.
      if (errno === EBADF || errno === ENOTSOCK || errno === EINVAL || tries === RETRIES)
        throw systemError(errno, 'recvmmsg')
      count = recvmmsg(fd, this.#incoming.address, this.slots, FLAGS, 0n)
    }
    this.#filled = count
    for (let slot = 0; slot < count; slot++) parseControl(this.#arrival, slot, this.#incoming.controlLength(slot))
    if (this.#arrival.descriptors.length > 0) this.#closeGifts()
    return count
  }

  /**
   * Closes descriptors that a local sender passed to us. Nobody here wants any, and who waits for that moment
   * (sd_notify_barrier(3)) is let go.
   *
   * @attack a process that may write to one of our unix sockets would else use up all our descriptors
   */
  #closeGifts(): void {
    for (const fd of this.#arrival.descriptors) closeFd(fd)
    this.#arrival.descriptors.length = 0
  }

  /** Bytes present in the slot. */
  length(slot: number): number {
    return Math.min(this.#incoming.messageLength(slot), this.slotBytes)
  }

  /** The datagram's true length; above `slotBytes` it was cut. */
  wireLength(slot: number): number {
    return this.#incoming.messageLength(slot)
  }

  /** Kernel receive time, whole seconds since 1970; 0 when the socket tells none. */
  seconds(slot: number): number {
    return this.#arrival.seconds[slot] ?? 0
  }

  /** The rest of the receive time. */
  nanoseconds(slot: number): number {
    return this.#arrival.nanoseconds[slot] ?? 0
  }

  /** The kernel's running count of drops on this socket (32 bits); null when nothing was ever dropped. */
  dropped(slot: number): number | null {
    const drops = this.#arrival.drops[slot] ?? -1
    return drops < 0 ? null : drops
  }

  /** Index of the interface it arrived on, 0 when unknown. */
  interfaceIndex(slot: number): number {
    return this.#arrival.interfaces[slot] ?? 0
  }

  /** Hop limit that an IPv6 datagram came with, on a socket that tells it; else -1. */
  hopLimit(slot: number): number {
    return this.#arrival.hops[slot] ?? -1
  }

  /** Pid of the sender on a socket with SO_PASSCRED, else 0. */
  senderPid(slot: number): number {
    return this.#arrival.senders[slot] ?? 0
  }

  /** Where in `control` the address stands that the datagram was sent to; see `localLength`. */
  localOffset(slot: number): number {
    return this.#arrival.locals[slot] ?? 0
  }

  localLength(slot: number): 0 | 4 | 16 {
    return (this.#arrival.locals[slot] ?? 0) === 0 ? 0 : this.peerLength(slot)
  }

  /** Whether the datagram was sent to a broadcast or multicast address rather than to one of ours. */
  sentToMany(slot: number): boolean {
    const local = this.localOffset(slot)
    if (local === 0) return false
    if (this.family(slot) === AF_INET6) return this.control[local] === 0xff
    // struct in_pktinfo: ipi_spec_dst (ours), then ipi_addr (as in the packet); they differ when many were meant.
    return this.control.readUInt32LE(local) !== this.control.readUInt32LE(local + 4)
  }

  family(slot: number): number {
    return this.peers[slot * SOCKADDR_BYTES] ?? 0
  }

  /** Where in `peers` the sender's address bytes stand; see `peerLength`. */
  peerOffset(slot: number): number {
    return slot * SOCKADDR_BYTES + (this.family(slot) === AF_INET ? 4 : 8)
  }

  peerLength(slot: number): 0 | 4 | 16 {
    const family = this.family(slot)
    return family === AF_INET ? 4 : family === AF_INET6 ? 16 : 0
  }

  peerPort(slot: number): number {
    return sockaddrPort(this.peers, slot * SOCKADDR_BYTES)
  }

  /** `ip:port`, `[ip6]:port` or `unix`. */
  peerText(slot: number): string {
    return formatSockaddr(this.peers, slot * SOCKADDR_BYTES)
  }

  /**
   * Queues the first `length` bytes of the slot for whoever sent it, from the address it was sent to.
   *
   * @rfc 1122 section 4.1.3.5: the answer's source is the address that was asked
   * @param stamped whether the kernel is to tell when it left; the socket must have been prepared by `Departures`
   */
  reply(slot: number, length: number, stamped = false): void {
    let control = this.#writeSource(slot)
    if (stamped) {
      control += writeDepartureWish(this.#answerWords, (slot * CONTROL_BYTES + control) >> 2)
      this.#stamped += 1
    }
    this.#outgoing.point(this.#queued, slot, length, this.#incoming.nameLength(slot), control)
    this.#queued += 1
  }

  /** Answers of this batch whose departure the kernel is to tell. */
  get stamped(): number {
    return this.#stamped
  }

  /**
   * Goes the way of `flush` without sending anything, so that the next one finds code and data in the processor's caches: a process that
   * has slept has lost them, and what is timed then takes several times as long.
   */
  rehearse(fd: number): void {
    sendmmsg(fd, this.#outgoing.address, 0, MSG_DONTWAIT)
  }

  /** Sends what `reply` queued; returns how many the kernel took. A full queue or an unreachable peer only lowers the number. */
  flush(fd: number): number {
    let sent = 0
    let next = 0
    while (next < this.#queued) {
      const result = sendmmsg(
        fd,
        this.#outgoing.address + BigInt(next * HEADER_BYTES),
        this.#queued - next,
        MSG_DONTWAIT,
      )
      if (result > 0) {
        sent += result
        next += result
        continue
      }
      const errno = lastErrno()
      if (errno === EBADF || errno === ENOTSOCK) check(result, 'sendmmsg')
      if (errno !== EINTR) next += 1
    }
    this.#queued = 0
    return sent
  }

  /** Gives the memory back; the batch must not be used afterwards. */
  free(): void {
    this.#incoming.free()
    this.#outgoing.free()
    for (const pin of this.#pins) pin.free()
  }

  /** Writes the packet info that makes the slot's own destination the source of the answer; returns its length. */
  #writeSource(slot: number): number {
    const local = this.localOffset(slot)
    if (local === 0) return 0
    const family = this.family(slot)
    const leaveBy = family === AF_INET6 ? this.interfaceIndex(slot) : 0
    const at = (slot * CONTROL_BYTES) >> 2
    // Nothing is sent from a group: the kernel takes our address that fits.
    if (family === AF_INET6 && this.sentToMany(slot))
      return writePacketInfo(this.#answerWords, at, family, UNSPECIFIED, 0, leaveBy)
    return writePacketInfo(this.#answerWords, at, family, this.control, local, leaveBy)
  }
}

const EBADF = 9
const UNSPECIFIED = new Uint8Array(16)
/** Two message headers with their vectors, and the columns of what was told of each arrival. */
const BOOKKEEPING_BYTES = 256
const SHARED_SLACK_BYTES = 4096
const EINVAL = 22
const ENOTSOCK = 88
const RETRIES = 16
