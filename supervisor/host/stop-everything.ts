import type { Logger } from 'pino'
import type { Fleet } from '../fleet/fleet.ts'
import type { OwnNotify } from './own-notify.ts'
import type { StopSignals } from './stop-signals.ts'

/** Stops all services, politely until we are asked a second time. */
export async function stopEverything(fleet: Fleet, stop: StopSignals, notify: OwnNotify, log: Logger): Promise<void> {
  log.info('stops all services')
  notify.tell('STOPPING=1')
  const stopped = fleet.stopAll()
  void stop.again.then(() => fleet.killAll())
  await stopped
  log.info('all services are stopped')
}
