import type { DeviceGapRow } from '../ledger/ledger-row.ts'
import type { SenderGap } from './sender-book.ts'

/** A gap in a numbering as a row of the ledger. */
export function deviceGap({ address, host, missing, after, before, fromMs, toMs }: SenderGap): DeviceGapRow {
  const span = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() }
  return { kind: 'device_gap', ...span, sender: address, host, missing, after, before }
}
