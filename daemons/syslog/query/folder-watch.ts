import { type FSWatcher, watch } from 'node:fs'

/** How often to look again where the kernel tells no changes (network file systems, a folder not yet there). */
const RECHECK_MS = 500

/** Wakes whoever follows a folder when something in it changed, and now and then in any case. */
export class FolderWatch {
  readonly #stop: AbortSignal
  readonly #watcher: FSWatcher | null
  #changed = false
  #wake: () => void = () => undefined

  constructor(folder: string, stop: AbortSignal) {
    this.#stop = stop
    this.#watcher = openWatcher(folder, () => {
      this.#changed = true
      this.#wake()
    })
    stop.addEventListener('abort', () => this.#wake(), { once: true })
  }

  /** Resolves after the next change, after a while, or at the stop. */
  async wait(): Promise<void> {
    if (!this.#changed && !this.#stop.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, RECHECK_MS)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#changed = false
  }

  close(): void {
    this.#watcher?.close()
  }
}

function openWatcher(folder: string, onChange: () => void): FSWatcher | null {
  try {
    const watcher = watch(folder, onChange)
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return null
  }
}
