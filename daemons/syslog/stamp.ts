import type { Clock } from '../runtime/contract.ts'

/** When a message came. */
export interface Stamp {
  readonly seconds: number
  readonly nanoseconds: number
}

/** Now, as precise as the kernel keeps it. */
export function stampNow(clock: Pick<Clock, 'wallNs'>): Stamp {
  const ns = clock.wallNs()
  return { seconds: Number(ns / 1_000_000_000n), nanoseconds: Number(ns % 1_000_000_000n) }
}

/** @param wallMs milliseconds since 1970, with fractions; taken as 1970 or the end of 9999 where it is beyond them */
export function stampAt(wallMs: number): Stamp {
  const ms = Math.min(Math.max(wallMs, 0), MAX_MS)
  const seconds = Math.floor(ms / 1000)
  return { seconds, nanoseconds: Math.floor((ms - seconds * 1000) * 1e6) }
}

const MAX_MS = 253_402_300_799_999
