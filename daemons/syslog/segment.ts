import { closeSync, fdatasync, fdatasyncSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs'

/** One open segment file; append only. */
export class Segment {
  readonly path: string
  readonly begunMs: number
  readonly #fd: number
  #bytes: number
  #dirty = false
  #syncing = false
  #closing = false

  /** Opens or creates the file. @throws Error (ENOSPC, EACCES, …) */
  constructor(path: string, begunMs: number) {
    this.path = path
    this.begunMs = begunMs
    this.#fd = openSync(path, 'a+', 0o640)
    this.#bytes = fstatSync(this.#fd).size
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Somebody removed the file under us: what is written now would be lost. */
  get isGone(): boolean {
    return fstatSync(this.#fd).nlink === 0
  }

  /** Appends all of `bytes` or nothing: what a full disk took of it is cut off again. @throws Error of the write */
  append(bytes: Uint8Array): void {
    let written = 0
    try {
      while (written < bytes.length) written += writeSync(this.#fd, bytes, written, bytes.length - written)
    } catch (error) {
      if (written > 0) ftruncateSync(this.#fd, this.#bytes)
      throw error
    }
    this.#bytes += written
    this.#dirty = true
  }

  /** Brings what was written to the disk before it returns. */
  syncNow(): void {
    if (!this.#dirty) return
    this.#dirty = false
    fdatasyncSync(this.#fd)
  }

  /** Brings what was written to the disk in the background. */
  syncLater(onError: (error: Error) => void): void {
    if (!this.#dirty || this.#syncing) return
    this.#dirty = false
    this.#syncing = true
    fdatasync(this.#fd, (error) => {
      this.#syncing = false
      if (error !== null) onError(error)
      if (this.#closing) closeSync(this.#fd)
    })
  }

  /** Closes it, once a sync under way has ended. */
  close(): void {
    this.#closing = true
    if (!this.#syncing) closeSync(this.#fd)
  }
}
