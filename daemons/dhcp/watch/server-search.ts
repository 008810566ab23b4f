import { randomBytes } from 'node:crypto'
import { sendFrame } from '../../linux/send-datagram.ts'
import { SystemError } from '../../linux/system-error.ts'
import type { Clock } from '../../runtime/contract.ts'
import { type Door, doorIndex } from '../links/door.ts'
import type { OwnAddressReader } from '../subnets/own-addresses.ts'
import { encodeSearchFrame } from './search-frame.ts'

/** Asks on each attached link, again and again, for an address that nobody needs; who answers is heard by others. */
export class ServerSearch {
  readonly #doors: readonly Door[]
  readonly #own: OwnAddressReader
  readonly #clock: Clock
  #timer: NodeJS.Timeout | undefined

  constructor(doors: readonly Door[], own: OwnAddressReader, clock: Clock) {
    this.#doors = doors
    this.#own = own
    this.#clock = clock
  }

  /** Asks at these intervals from now on; null = no more. */
  every(intervalMs: number | null): void {
    clearTimeout(this.#timer)
    if (intervalMs === null) return
    this.#timer = setTimeout(() => {
      this.#ask()
      this.every(intervalMs)
    }, intervalMs)
  }

  #ask(): void {
    const { byInterface } = this.#own.at(this.#clock.monotonicMs())
    for (const door of this.#doors) {
      const hardware = byInterface.get(door.device ?? '')?.hardware
      if (door.frameFd === null || hardware === undefined) continue
      try {
        sendFrame(door.frameFd, encodeSearchFrame(hardware, randomBytes(10)), doorIndex(door))
      } catch (error) {
        // A link that is down has no servers either.
        if (!(error instanceof SystemError)) throw error
      }
    }
  }
}
