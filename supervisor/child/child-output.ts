import { readSome } from '../../daemons/linux/descriptor-io.ts'
import { closeFd } from '../../daemons/linux/open-socket.ts'
import { watchDescriptor } from '../../daemons/linux/watch-descriptor.ts'
import { type LineFragment, LineSplitter } from './child-lines.ts'

/**
 * A child may write this much per interval; beyond it, it waits in its own pipe and harms nobody else. A line costs as much
 * as many bytes, so short ones count for more than they hold.
 */
const QUOTA_BYTES = 256 * 1024
const LINE_BYTES = 256
const QUOTA_MS = 20
/** More than any pipe holds. */
const MAX_LAST_READS = 64
/** How long after its end the last words of a child are waited for: a grandchild may hold the pipe for ever. */
const LAST_WORDS_MS = 500

/** Every read of this process goes through here: what is kept of it is copied at once. */
const piece = Buffer.allocUnsafeSlow(16 * 1024)

/** An output as it stands: its pipe, and what was read of a line that has not ended. */
export interface OutputRecord {
  readonly fd: number
  readonly fragment: LineFragment
}

/** Reads one output of a child line by line, until its end or, after `expire`, a little longer. */
export class ChildOutput {
  readonly #fd: number
  readonly #splitter: LineSplitter
  readonly #watch: ReturnType<typeof watchDescriptor>
  readonly #on: { line(line: string): void; end(): void }
  #quota = QUOTA_BYTES
  #pause: NodeJS.Timeout | null = null
  #last: NodeJS.Timeout | null = null
  #open = true

  /** @param record its pipe is ours to close */
  constructor({ fd, fragment }: OutputRecord, on: { line(line: string): void; end(): void }) {
    this.#fd = fd
    this.#splitter = new LineSplitter(fragment)
    this.#on = on
    this.#watch = watchDescriptor(fd, () => {
      this.#read()
      this.#hold()
    })
  }

  /** Plain data for whoever reads on; null when nothing will come any more. */
  record(): OutputRecord | null {
    return this.#open ? { fd: this.#fd, fragment: this.#splitter.fragment } : null
  }

  /** Its child is dead: what it wrote is read now, what others write into the pipe for a while. */
  expire(): void {
    this.#drain()
    if (this.#open) this.#last = setTimeout(() => this.finish(), LAST_WORDS_MS)
  }

  /** Reads what lies in the pipe now, and no more; for an output whose child is dead. */
  finish(): void {
    this.#drain()
    this.#end()
  }

  #drain(): void {
    for (let count = 0; count < MAX_LAST_READS && this.#open && this.#read() > 0; count++);
  }

  /** @returns the number of bytes */
  #read(): number {
    const length = readSome(this.#fd, piece)
    if (length === 0) this.#end()
    if (length === null) return 0
    const before = this.#splitter.ended
    const lines = this.#splitter.push(piece.subarray(0, length))
    this.#quota -= length + (this.#splitter.ended - before) * LINE_BYTES
    for (const line of lines) this.#on.line(line)
    return length
  }

  /** Who took more than is due waits until that is made up for. */
  #hold(): void {
    if (!this.#open) return
    this.#pause ??= setTimeout(() => {
      this.#pause = null
      this.#quota = Math.min(QUOTA_BYTES, this.#quota + QUOTA_BYTES)
      if (this.#quota <= 0) this.#hold()
      else this.#watch.expect({ readable: true, writable: false })
    }, QUOTA_MS)
    if (this.#quota <= 0) this.#watch.expect({ readable: false, writable: false })
  }

  #end(): void {
    if (!this.#open) return
    this.#open = false
    this.#watch.stop()
    closeFd(this.#fd)
    if (this.#pause !== null) clearTimeout(this.#pause)
    if (this.#last !== null) clearTimeout(this.#last)
    for (const line of this.#splitter.end()) this.#on.line(line)
    this.#on.end()
  }
}
