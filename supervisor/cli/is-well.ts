import type { ServiceReport } from '../control-protocol.ts'

/** Whether a service does what it should: it serves, or it runs by the clock and waits in peace for its time. */
export function isWell({ state, health, schedule }: ServiceReport): boolean {
  return health === 'ok' && (state === 'ready' || (state === 'stopped' && schedule !== null))
}
