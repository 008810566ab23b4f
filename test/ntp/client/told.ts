import type { Answer, Measurement } from '../../../daemons/ntp/client/exchange.ts'

/** The answer from which a measurement came. */
export function told(measurement: Measurement): Answer {
  return {
    kind: 'measurement',
    measurement,
    exchange: { sentNs: 0n, receivedNs: 0n, receivedMs: 0, receiveTimestamp: 1n },
  }
}
