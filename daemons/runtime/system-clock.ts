import { readWallTime } from '../linux/wall-time.ts'
import type { Clock } from './contract.ts'

const time = new Uint32Array(64)

/** What the machine's monotonic clock showed when this program began: one time scale for all programs since boot. */
// In this order: the first look at `performance` takes most of a millisecond.
const originMs = -performance.now() + Number(process.hrtime.bigint()) / 1e6

/** The machine's clocks. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  wallNs: () => {
    readWallTime(time)
    const seconds = (time[0] ?? 0) + (time[1] ?? 0) * 2 ** 32
    return BigInt(seconds) * 1_000_000_000n + BigInt(time[2] ?? 0)
  },
  monotonicMs: () => originMs + performance.now(),
}
