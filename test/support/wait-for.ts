import { setTimeout as pause } from 'node:timers/promises'

/**
 * By then what is waited for will never come. It asserts nothing, and no test that passes takes longer by it: several times what
 * any of them needs on a machine with nothing else to do, so that a busy one does not reach it.
 */
export const HANG_MS = 45_000

/**
 * Asks until the answer is there; the only place where a test looks more than once. Prefer an event where one exists.
 *
 * @param look gives undefined while the answer is not there
 * @param what named in the error when it does not come
 * @unit withinMs: milliseconds
 */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  withinMs = HANG_MS,
): Promise<T> {
  const endMs = performance.now() + withinMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > endMs) throw new Error(`did not come in ${withinMs} ms: ${what}`)
    await pause(10)
  }
}
