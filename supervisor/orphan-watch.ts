import { becomeSubreaper } from '../daemons/linux/process-control.ts'
import type { Fleet } from './fleet.ts'
import { tendStrangers } from './strangers.ts'

/** Lets the children of one moment come together, and a killed orphan die. */
const GATHER_MS = 200

/** Looks after orphans of our services whenever a child of ours ends. */
export class OrphanWatch {
  readonly #fleet: Fleet
  readonly #limits: string[] = []
  readonly #onChild = (): void => this.look()
  #timer: NodeJS.Timeout | null = null

  constructor(fleet: Fleet) {
    this.#fleet = fleet
    try {
      becomeSubreaper()
    } catch (error) {
      this.#limits.push(
        `orphans of services cannot be found: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
    process.on('SIGCHLD', this.#onChild)
  }

  /** What could not be had, in words. */
  get limits(): readonly string[] {
    return this.#limits
  }

  /** Looks soon, once for all that ask at this moment. */
  look(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      if (this.lookNow() > 0) this.look()
    }, GATHER_MS)
  }

  /** Looks at once; returns how many were killed and will have to be reaped. */
  lookNow(): number {
    const services = this.#fleet.services
    const known = new Set(services.map(({ pid }) => pid).filter((pid) => pid !== null))
    const marks = new Set(services.map(({ mark }) => mark))
    const ours = `${process.pid}/`
    return tendStrangers(known, (mark) => mark.startsWith(ours) && !marks.has(mark)).killed
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    process.off('SIGCHLD', this.#onChild)
    this.lookNow()
  }
}
