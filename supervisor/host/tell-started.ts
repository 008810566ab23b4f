import type { Logger } from 'pino'
import type { Fleet } from '../fleet/fleet.ts'
import type { OwnNotify } from './own-notify.ts'

/** Says how the start went, also to whoever started us. */
export function tellStarted(fleet: Fleet, notify: OwnNotify, log: Logger): void {
  const waiting = fleet.services.filter(({ state }) => state.kind === 'stopped' && state.cause === 'waiting').length
  const ready = fleet.services.filter(({ state }) => state.kind === 'ready').length
  const rest = waiting === 0 ? '' : `, ${waiting === 1 ? '1 waits for its' : `${waiting} wait for their`} time`
  const all = fleet.services.length - waiting
  const text = `${ready} of ${all} ${all === 1 ? 'service is' : 'services are'} ready${rest}`
  log.info(text)
  notify.tell(`READY=1\nSTATUS=${text}`)
}
