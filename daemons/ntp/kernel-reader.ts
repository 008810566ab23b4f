import type { Logger } from 'pino'
import { type KernelClock, readKernelClock } from '../linux/kernel-clock.ts'

/** Asks the kernel of its clock; a sandbox may forbid it: told once, and nobody is said to keep the clock. */
export function kernelReader(log: Logger): () => KernelClock | null {
  let told = false
  return () => {
    try {
      return readKernelClock()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (!told) log.warn({ reason }, 'the kernel does not tell of its clock')
      told = true
      return null
    }
  }
}
