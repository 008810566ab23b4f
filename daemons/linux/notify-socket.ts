import { unlinkSync } from 'node:fs'
import { DatagramBatch } from './datagram-batch.ts'
import { closeFd, openCredentialSocket } from './open-socket.ts'
import { watchReadable } from './watch-readable.ts'

/** Memory for reading, shared by all notify sockets: each is drained in one go. */
let batch: DatagramBatch | null = null

/** An open notify socket, with which another program of this process can go on. */
export interface NotifyRecord {
  readonly fd: number
  readonly path: string
}

/** One service's NOTIFY_SOCKET (sd_notify(3)): each datagram is lines of `KEY=value`. */
export class NotifySocket {
  readonly #fd: number
  readonly #path: string
  readonly #watch: { stop(): void }

  /**
   * @param path where to bind, mode 0600; give the file to the service's user afterwards
   * @param onMessage gets the fields and the pid the kernel vouches for
   * @param fd the socket, when it is bound there already; ours to close
   */
  constructor(
    path: string,
    onMessage: (fields: ReadonlyMap<string, string>, senderPid: number) => void,
    fd = openCredentialSocket(path, 0o600),
  ) {
    this.#path = path
    this.#fd = fd
    this.#watch = watchReadable(this.#fd, () => this.#drain(onMessage))
  }

  record(): NotifyRecord {
    return { fd: this.#fd, path: this.#path }
  }

  close(): void {
    this.#watch.stop()
    closeFd(this.#fd)
    try {
      unlinkSync(this.#path)
    } catch {
      // Somebody cleaned up the folder before us.
    }
  }

  #drain(onMessage: (fields: ReadonlyMap<string, string>, senderPid: number) => void): void {
    batch ??= new DatagramBatch({ slots: 16, slotBytes: 4096 })
    const count = batch.receive(this.#fd)
    for (let slot = 0; slot < count; slot++) {
      const start = slot * batch.slotBytes
      const text = batch.bytes.toString('utf8', start, start + batch.length(slot))
      onMessage(parseNotify(text), batch.senderPid(slot))
    }
  }
}

/** Reads the lines of one notification; a line without `=` is ignored, of a key given twice the last counts. */
export function parseNotify(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=')
    if (equals > 0) fields.set(line.slice(0, equals), line.slice(equals + 1))
  }
  return fields
}
