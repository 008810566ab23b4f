import { once } from 'node:events'
import { pipeOf, writeAll } from './pipe-output.ts'

/** Where results go; once the reader has gone away (EPIPE) nothing more is written. */
export class LogOutput {
  readonly #stream: NodeJS.WritableStream
  /** Descriptor of a pipe that is written to by another thread; null = the stream is. */
  readonly #pipe: number | null
  #writing: Promise<void> = Promise.resolve()
  #closed = false
  #failure: Error | null = null

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream
    this.#pipe = pipeOf(stream)
    stream.on('error', this.#end)
    stream.on('close', () => {
      this.#closed = true
      this.#onClose()
    })
  }

  #onClose: () => void = () => undefined
  #endWatch: () => void = () => undefined

  /** Calls back once when the reader has gone. */
  whenClosed(callback: () => void): void {
    this.#onClose = callback
    if (this.#closed) callback()
  }

  /** From now on a reader of a pipe that goes is noticed at once, not only at the next write. Ends with `flush`. */
  async watchReader(): Promise<void> {
    if (this.#pipe === null) return
    // Only who waits for what is still to come needs what this loads.
    const { watchReader } = await import('../../linux/watch-reader.ts')
    this.#endWatch = watchReader(this.#pipe, () => {
      this.#closed = true
      this.#onClose()
    })
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Why writing ended, when it was not the reader's wish. */
  get failure(): Error | null {
    return this.#failure
  }

  /** Writes and waits until more is wanted: of a pipe until what was written before is out, so that more can be made meanwhile. */
  async write(text: string | Uint8Array): Promise<void> {
    if (this.#pipe !== null) await this.#writing
    if (this.#closed || text.length === 0) return
    if (this.#pipe !== null) {
      this.#writing = writeAll(this.#pipe, typeof text === 'string' ? Buffer.from(text) : text).catch(this.#end)
      return
    }
    if (this.#stream.write(text) || this.#closed) return
    await once(this.#stream, 'drain').catch(() => undefined)
  }

  /** Waits until all is out. */
  async flush(): Promise<void> {
    await this.#writing
    this.#endWatch()
  }

  readonly #end = (error: NodeJS.ErrnoException): void => {
    this.#closed = true
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') this.#failure = error
    this.#onClose()
  }
}
