import type { Finding } from '../service/service-state.ts'
import type { ProcessSample } from './process-sample.ts'

/** Who had the CPU for this part of the time had his chance. */
const BUSY_PART = 0.5
/** Who was kept waiting for this part of the time had not. */
const WAITED_PART = 0.25

/**
 * Finds out why a process gives no sign of life. One that would run if it were let is not to blame: to restart it would only
 * add to the load.
 *
 * @param first a look at it when it was first suspected
 * @param now a look at it now
 * @param budgetMs so much CPU without a sign of life is no starvation any more, however slowly it came
 * @param pressure of the machine's CPUs, in percent
 */
export function diagnose(
  first: ProcessSample | null,
  now: ProcessSample | null,
  budgetMs: number,
  pressure: number | null,
): Finding {
  if (first === null || now === null) return { hung: true, words: 'nothing is known of its state' }
  const spanMs = now.atMs - first.atMs
  const cpuMs = now.cpuMs - first.cpuMs
  const waitedMs = now.waitedMs - first.waitedMs
  const used = `it had the CPU for ${Math.round(cpuMs)} of ${Math.round(spanMs)} ms`
  switch (now.state) {
    case 'T':
    case 't':
      return { hung: true, words: 'a signal or a debugger has stopped it (state T)' }
    case 'Z':
    case 'X':
      return { hung: false, words: 'it is ending' }
    case 'D':
      return { hung: true, words: `${used} and waits in the kernel (state D)` }
  }
  if (cpuMs >= BUSY_PART * spanMs || cpuMs >= budgetMs) return { hung: true, words: `${used}: it is busy without end` }
  if (now.state === 'R' || waitedMs >= WAITED_PART * spanMs) {
    const machine = pressure === null ? '' : `; CPU pressure of the machine ${Math.round(pressure)} %`
    return { hung: false, words: `${used} and would go on: the machine is overloaded${machine}` }
  }
  return { hung: true, words: `${used} and waits for something that does not come (state ${now.state})` }
}
