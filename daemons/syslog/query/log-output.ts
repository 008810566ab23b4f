import { once } from 'node:events'

/** Where results go; once the reader has gone away (EPIPE) nothing more is written. */
export class LogOutput {
  readonly #stream: NodeJS.WritableStream
  #closed = false
  #failure: Error | null = null

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#closed = true
      if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') this.#failure = error
      this.#onClose()
    })
    stream.on('close', () => {
      this.#closed = true
      this.#onClose()
    })
  }

  #onClose: () => void = () => undefined

  /** Calls back once when the reader has gone. */
  whenClosed(callback: () => void): void {
    this.#onClose = callback
    if (this.#closed) callback()
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Why writing ended, when it was not the reader's wish. */
  get failure(): Error | null {
    return this.#failure
  }

  /** Writes and waits until the stream wants more. */
  async write(text: string | Uint8Array): Promise<void> {
    if (this.#closed || text.length === 0) return
    if (this.#stream.write(text) || this.#closed) return
    await once(this.#stream, 'drain').catch(() => undefined)
  }
}
