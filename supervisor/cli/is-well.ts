import type { ServiceReport } from '../control/control-protocol.ts'

/** Whether a service does what it should: it serves, has done its work, or waits in peace for its time. */
export function isWell({ state, health }: ServiceReport): boolean {
  return health === 'ok' && (state === 'ready' || state === 'stopped')
}
