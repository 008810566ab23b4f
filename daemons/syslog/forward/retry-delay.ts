/**
 * How long to wait before a target is tried again: doubling from `firstMs` to `mostMs`, each time by chance between half
 * of that and all of it, so that many boxes do not come back to a restarted target at once.
 *
 * @param failures in a row, from 1
 * @param chance uniform in [0, 1)
 * @unit milliseconds
 */
export function retryDelayMs(failures: number, chance: number, firstMs = 200, mostMs = 30_000): number {
  const full = Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 30))
  return full * (0.5 + chance / 2)
}
