import { readSome, writeSome } from '../../daemons/linux/descriptor-io.ts'
import { closeFd } from '../../daemons/linux/open-socket.ts'
import { watchDescriptor } from '../../daemons/linux/watch-descriptor.ts'
import { type LineFragment, LineSplitter, NO_FRAGMENT } from './child-lines.ts'

/** Longest message that is read; a list of a hundred thousand leases is below. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024
/** A daemon that lets this much lie unread is told nothing more. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024

const piece = Buffer.allocUnsafeSlow(64 * 1024)

/** A channel as it stands: what was read and written of messages that are not whole yet. */
export interface PortRecord {
  readonly fd: number
  readonly fragment: LineFragment
  /** Base64: what is still to be sent before anything else. */
  readonly unsent: string
}

/** A channel on which nothing was said yet. */
export function freshPort(fd: number): PortRecord {
  return { fd, fragment: NO_FRAGMENT, unsent: '' }
}

/**
 * Our end of the IPC channel of `child_process`, on a socket of our own instead of inside Node: one JSON text per line
 * each way, which is what Node speaks under NODE_CHANNEL_SERIALIZATION_MODE=json.
 */
export class IpcPort {
  readonly #fd: number
  readonly #splitter: LineSplitter
  readonly #watch: ReturnType<typeof watchDescriptor>
  readonly #onEnd: () => void
  #unread: Buffer[] = []
  #unreadBytes = 0
  #open = true

  /** @param record its stream socket is ours to close */
  constructor({ fd, fragment, unsent }: PortRecord, on: { message(message: unknown): void; end(): void }) {
    this.#fd = fd
    this.#onEnd = on.end
    this.#splitter = new LineSplitter(fragment, MAX_MESSAGE_BYTES)
    this.#watch = watchDescriptor(fd, (readable, writable) => {
      if (writable) this.#write()
      if (!readable || !this.#open) return
      const length = readSome(fd, piece)
      if (length === null) return
      if (length === 0) return this.close()
      for (const line of this.#splitter.push(piece.subarray(0, length))) on.message(parse(line))
    })
    this.#queue(Buffer.from(unsent, 'base64'))
  }

  /** Plain data for whoever goes on with it; null once it is closed. */
  record(): PortRecord | null {
    if (!this.#open) return null
    const unsent = Buffer.concat(this.#unread).toString('base64')
    return { fd: this.#fd, fragment: this.#splitter.fragment, unsent }
  }

  /** False once the other end is closed. */
  get open(): boolean {
    return this.#open
  }

  /** Sends a message, in order; lost when the daemon is gone or does not read: its exit or its heartbeat tells the rest. */
  send(message: unknown): void {
    if (!this.#open || this.#unreadBytes > MAX_UNREAD_BYTES) return
    this.#queue(Buffer.from(`${JSON.stringify(message)}\n`))
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#watch.stop()
    closeFd(this.#fd)
    this.#unread = []
    this.#onEnd()
  }

  #queue(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#unread.push(bytes)
    this.#unreadBytes += bytes.length
    this.#write()
  }

  #write(): void {
    for (let next = this.#unread.shift(); next !== undefined; next = this.#unread.shift()) {
      const taken = writeSome(this.#fd, next)
      if (taken === null) {
        this.close()
        return
      }
      this.#unreadBytes -= taken
      if (taken === next.length) continue
      this.#unread.unshift(next.subarray(taken))
      break
    }
    this.#watch.expect({ readable: true, writable: this.#unread.length > 0 })
  }
}

/** A line that is no JSON, or was too long to be kept whole, is nothing that we asked for. */
function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
