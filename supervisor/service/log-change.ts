import type { Logger } from 'pino'
import type { ServiceState } from './service-state.ts'

/**
 * Writes one line about a service that went from one state into another: loud where a person may have to do something.
 *
 * @param beganMs monotonic time at which its process was started
 */
export function logChange(
  log: Logger,
  daemon: string,
  before: ServiceState,
  next: ServiceState,
  beganMs: number,
): void {
  const fields = { daemon, life: next.life, state: next.kind }
  if (next.kind === 'ready') log.info({ ...fields, after_ms: Math.round(next.readyMs - beganMs) }, 'ready')
  else if (next.kind === 'backoff' || next.kind === 'parked') log.warn({ ...fields, reason: next.why }, next.kind)
  else if (next.kind === 'stopping' && next.reason === 'rest-for-one')
    log.info({ ...fields, reason: next.reason }, 'is restarted with a service that it comes after')
  else if (next.kind === 'stopping' && next.reason !== 'asked')
    log.error({ ...fields, reason: next.reason, found: next.found ?? undefined }, 'does not answer: it is ended')
  else if (next.kind === 'stopped' && next.cause === 'waiting' && before.kind !== 'stopped')
    if (next.failure === null) log.info(fields, 'the run is done')
    else log.warn({ ...fields, reason: next.failure }, 'the run failed')
  else log.debug({ ...fields, from: before.kind }, next.kind)
}
