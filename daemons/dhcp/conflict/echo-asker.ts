import { DatagramBatch } from '../../linux/datagram-batch.ts'
import { closeFd } from '../../linux/open-socket.ts'
import { openPingSocket } from '../../linux/ping-socket.ts'
import { sendDatagram } from '../../linux/send-datagram.ts'
import { SystemError } from '../../linux/system-error.ts'
import { watchReadable } from '../../linux/watch-readable.ts'
import { formatIpv4 } from '../../wire/address.ts'
import { readUint32 } from '../../wire/octets.ts'

const ECHO_REQUEST = 8
const ECHO_REPLY = 0
const HEADER_BYTES = 8
const SLOTS = 32
const SLOT_BYTES = 128

/**
 * Asks hosts that are not on an attached link, by ICMP echo.
 *
 * @rfc 792
 */
export class EchoAsker {
  readonly #fd: number
  readonly #batch: DatagramBatch
  readonly #watch: { stop(): void }

  /**
   * @param onReply gets each address that answered
   * @throws SystemError EACCES where the system lets us not
   */
  constructor(onReply: (address: number) => void) {
    this.#fd = openPingSocket()
    const batch = new DatagramBatch({ slots: SLOTS, slotBytes: SLOT_BYTES })
    this.#batch = batch
    this.#watch = watchReadable(this.#fd, () => {
      const count = batch.receive(this.#fd)
      for (let slot = 0; slot < count; slot++)
        if (batch.peerLength(slot) === 4 && batch.bytes[slot * SLOT_BYTES] === ECHO_REPLY)
          onReply(readUint32(batch.peers, batch.peerOffset(slot)))
    })
  }

  /** Sends one question; who cannot be reached does not answer. */
  ask(address: number): void {
    try {
      sendDatagram(this.#fd, Uint8Array.of(ECHO_REQUEST, ...new Uint8Array(HEADER_BYTES - 1)), {
        address: formatIpv4(address),
        port: 0,
      })
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
    }
  }

  close(): void {
    this.#watch.stop()
    closeFd(this.#fd)
    this.#batch.free()
  }
}
