import { type Disk, disk } from './disk.ts'

/** One open segment file; append only. */
export class Segment {
  readonly path: string
  /** When its first message came; of an empty one, when it was made. */
  begunMs: number
  readonly #disk: Disk
  readonly #fd: number
  #bytes: number
  /** Part of a refused append stands behind `#bytes` and could not be cut off. */
  #torn = false
  #dirty = false
  #syncing = false
  #closing = false

  /** Opens or creates the file. @throws Error (ENOSPC, EACCES, …) */
  constructor(path: string, begunMs: number, on: Disk = disk) {
    this.path = path
    this.begunMs = begunMs
    this.#disk = on
    this.#fd = on.openSync(path, 'a+', 0o640)
    this.#bytes = on.fstatSync(this.#fd).size
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Somebody removed the file under us: what is written now would be lost. */
  get isGone(): boolean {
    try {
      return this.#disk.fstatSync(this.#fd).nlink === 0
    } catch {
      return true
    }
  }

  /** Appends all of `bytes` or nothing: what a full disk took of it is cut off again. @throws Error of the disk */
  append(bytes: Uint8Array): void {
    if (this.#torn) this.#cutBack()
    let written = 0
    try {
      while (written < bytes.length) written += this.#disk.writeSync(this.#fd, bytes, written, bytes.length - written)
    } catch (error) {
      if (written > 0) this.#cutBack()
      throw error
    }
    this.#bytes += written
    this.#dirty = true
  }

  /** Brings what was written to the disk before it returns. @throws Error of the disk */
  syncNow(): void {
    if (!this.#dirty && !this.#syncing) return
    this.#dirty = false
    this.#disk.fdatasyncSync(this.#fd)
  }

  /** Brings what was written to the disk in the background; one at a time, what comes meanwhile waits for the next. */
  syncLater(onEnd: (error: Error | null) => void): void {
    if (!this.#dirty || this.#syncing) return
    this.#dirty = false
    this.#syncing = true
    this.#disk.fdatasync(this.#fd, (error) => {
      this.#syncing = false
      onEnd(error)
      if (this.#closing) this.retire(onEnd)
    })
  }

  /** Closes it once all that was written is on the disk. */
  retire(onEnd: (error: Error | null) => void): void {
    this.#closing = true
    this.syncLater(onEnd)
    if (this.#syncing) return
    try {
      this.#disk.closeSync(this.#fd)
    } catch (error) {
      // Where a disk tells only then what it could not keep (network file systems, quotas).
      onEnd(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** Closes it, once a sync under way has ended. */
  close(): void {
    this.#dirty = false
    this.retire(() => undefined)
  }

  /** Until this works nothing may be appended: it would run on from half a line. */
  #cutBack(): void {
    this.#torn = true
    this.#disk.ftruncateSync(this.#fd, this.#bytes)
    this.#torn = false
  }
}
