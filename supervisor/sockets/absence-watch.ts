import type { Logger } from 'pino'
import type { Fleet } from '../fleet/fleet.ts'
import type { HeldSockets } from './held-sockets.ts'

const LOOK_EVERY_MS = 5_000

/**
 * Looks for addresses, interfaces and ports that could not be had when a service started. When one is there, the
 * service is started anew, since a process gets its sockets at its start.
 */
export class AbsenceWatch {
  readonly #timer: NodeJS.Timeout

  constructor(fleet: Fleet, sockets: HeldSockets, log: Logger) {
    this.#timer = setInterval(() => {
      for (const service of fleet.services) {
        const { spec, state } = service
        if ((state.kind !== 'ready' && state.kind !== 'parked') || !sockets.retry(spec.name)) continue
        log.info({ daemon: spec.name }, 'can listen now where it could not: started anew to serve there')
        service.restart()
      }
    }, LOOK_EVERY_MS)
  }

  close(): void {
    clearInterval(this.#timer)
  }
}
