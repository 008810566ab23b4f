import type { SupervisedService } from '../service/service.ts'
import type { StoreLine, StoreLines } from './store-queue.ts'

/** How long the store may take to confirm a batch. */
const STORE_MS = 5_000

/** Sends batches of log lines to one life of the syslog daemon. */
export function storeLinesWith(syslog: SupervisedService): StoreLines {
  return (lines: readonly StoreLine[]) => syslog.ask('store-lines', { lines }, STORE_MS)
}
