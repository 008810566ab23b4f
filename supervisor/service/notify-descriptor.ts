import { readSome } from '../../daemons/linux/descriptor-io.ts'
import { closeFd } from '../../daemons/linux/open-socket.ts'
import { watchDescriptor } from '../../daemons/linux/watch-descriptor.ts'

const piece = Buffer.allocUnsafeSlow(4096)

/**
 * Hears readiness as s6 has it: the first newline on the descriptor means ready, whatever stands before it. The
 * descriptor is closed then, as it is when nobody holds the other end.
 */
export class NotifyDescriptor {
  readonly #watch: { stop(): void }
  #fd: number | null

  /** @param fd a pipe, ours to close */
  constructor(fd: number, onReady: () => void) {
    this.#fd = fd
    this.#watch = watchDescriptor(fd, () => {
      const length = readSome(fd, piece)
      if (length === null) return
      const ready = piece.subarray(0, length).includes(0x0a)
      if (ready || length === 0) this.close()
      if (ready) onReady()
    })
  }

  /** null once it is closed. */
  get fd(): number | null {
    return this.#fd
  }

  close(): void {
    if (this.#fd === null) return
    this.#watch.stop()
    closeFd(this.#fd)
    this.#fd = null
  }
}
