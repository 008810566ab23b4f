import type { Logger } from 'pino'
import type { StatusReporter } from '../control/status-report.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Verdict } from './health.ts'

const LOOK_EVERY_MS = 5_000

/** Asks for the health of all services every five seconds and writes a line when that of one changes. */
export class HealthWatch {
  readonly #timer: NodeJS.Timeout

  constructor(fleet: Fleet, reporter: StatusReporter, log: Logger) {
    const lines = new HealthLog(log)
    this.#timer = setInterval(() => {
      for (const service of fleet.services)
        void reporter.verdict(service).then((verdict) => lines.tell(service.spec.name, verdict))
    }, LOOK_EVERY_MS)
  }

  close(): void {
    clearInterval(this.#timer)
  }
}

/**
 * Says once that a service is degraded and once that it is well again. A service that starts, stops or rests is told of
 * by its state; one that was degraded before is well again only when it says so itself.
 */
export class HealthLog {
  readonly #log: Logger
  /** Names of the services that were told of. */
  readonly #degraded = new Set<string>()

  constructor(log: Logger) {
    this.#log = log
  }

  tell(daemon: string, { health, reason }: Verdict): void {
    if (health === 'degraded' && !this.#degraded.has(daemon)) {
      this.#degraded.add(daemon)
      this.#log.warn({ daemon, reason }, 'degraded')
    } else if (health === 'ok' && this.#degraded.delete(daemon)) this.#log.info({ daemon }, 'well again')
  }
}
