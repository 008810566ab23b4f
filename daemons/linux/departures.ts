import { CONTROL_BYTES } from './control-messages.ts'
import { declare, EINTR, lastErrno } from './libc.ts'
import { MessageHeaders } from './message-headers.ts'
import { Pinned } from './pinned.ts'
import { SOCKADDR_BYTES } from './sockaddr.ts'
import { setOption } from './socket-options.ts'

const recvmmsg = declare<(fd: number, headers: bigint, count: number, flags: number, timeout: bigint) => number>(
  'int recvmmsg(int fd, void *headers, uint count, int flags, void *timeout)',
)

const MSG_DONTWAIT = 0x40
const MSG_ERRQUEUE = 0x2000

/** linux/net_tstamp.h: stamps by software are told, and those of arrivals only by SO_TIMESTAMPNS (since Linux 6.12). */
const SOF_TIMESTAMPING_SOFTWARE = 1 << 4
const SOF_TIMESTAMPING_OPT_RX_FILTER = 1 << 17

const SOL_SOCKET = 1
const SCM_TIMESTAMPING = 37

/** Ethernet, IPv6 and UDP headers come back before what was sent. */
const FRAME_BYTES = 62
const SLOTS = 32

/** Hears when a datagram left; it ends the frame that lies in `bytes` from `offset`, `length` octets. */
export type OnDeparture = (bytes: Buffer, offset: number, length: number, seconds: number, nanoseconds: number) => void

/**
 * Reads from the error queue of a socket when the kernel handed datagrams to the network device. Only those are stamped that
 * were sent with the wish for it (`DatagramBatch.reply`).
 *
 * @see Documentation/networking/timestamping.rst of Linux
 */
export class Departures {
  readonly #headers: MessageHeaders
  readonly #pins: readonly Pinned[]
  readonly #payload: Pinned
  readonly #control: Uint32Array
  readonly #slotBytes: number
  #filled = 0

  /** @param payloadBytes the longest datagram */
  constructor(payloadBytes: number) {
    this.#slotBytes = payloadBytes + FRAME_BYTES
    this.#payload = new Pinned(SLOTS * this.#slotBytes)
    const peers = new Pinned(SLOTS * SOCKADDR_BYTES)
    const control = new Pinned(SLOTS * CONTROL_BYTES)
    this.#pins = [this.#payload, peers, control]
    this.#control = control.words()
    this.#headers = new MessageHeaders(SLOTS, { payload: this.#payload, peers, control, slotBytes: this.#slotBytes })
  }

  /**
   * Lets a socket tell departures; a full queue of them wakes whoever watches it for `urgent`.
   *
   * @throws SystemError when the kernel stamps nothing
   */
  enable(fd: number): void {
    setOption(fd, 'SO_SELECT_ERR_QUEUE', 1)
    try {
      setOption(fd, 'SO_TIMESTAMPING', SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_RX_FILTER)
    } catch {
      setOption(fd, 'SO_TIMESTAMPING', SOF_TIMESTAMPING_SOFTWARE)
    }
  }

  /** Empties the queue, without blocking. */
  read(fd: number, heard: OnDeparture): void {
    for (let count = SLOTS; count === SLOTS; ) {
      this.#headers.rearm(this.#filled)
      this.#filled = 0
      count = recvmmsg(fd, this.#headers.address, SLOTS, MSG_DONTWAIT | MSG_ERRQUEUE, 0n)
      if (count < 0 && lastErrno() === EINTR) count = SLOTS
      else if (count > 0) {
        this.#filled = count
        for (let slot = 0; slot < count; slot++) this.#tell(slot, heard)
      }
    }
  }

  free(): void {
    this.#headers.free()
    for (const pin of this.#pins) pin.free()
  }

  #tell(slot: number, heard: OnDeparture): void {
    const control = this.#control
    const start = (slot * CONTROL_BYTES) >> 2
    const end = start + (this.#headers.controlLength(slot) >> 2)
    for (let at = start; at + 4 <= end; ) {
      const size = control[at] ?? 0
      if (size < 16) return
      if (control[at + 2] === SOL_SOCKET && control[at + 3] === SCM_TIMESTAMPING) {
        // struct scm_timestamping: three timespecs, the first by software.
        const seconds = (control[at + 4] ?? 0) + (control[at + 5] ?? 0) * 2 ** 32
        const length = Math.min(this.#headers.messageLength(slot), this.#slotBytes)
        if (seconds > 0) heard(this.#payload.bytes, slot * this.#slotBytes, length, seconds, control[at + 6] ?? 0)
        return
      }
      at += ((size + 7) & ~7) >> 2
    }
  }
}
