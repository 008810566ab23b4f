import type { ExitReport } from '../control/control-protocol.ts'
import { printable } from './printable.ts'
import { formatMs } from './span-text.ts'

/** Tells how a run ended: `killed by SIGKILL`, `exited with code 70`. */
export function exitCause(exit: ExitReport): string {
  const how = printable(exit.signal === null ? codeText(exit.code) : `killed by ${exit.signal}`)
  switch (exit.reason) {
    case 'exit':
    case 'signal':
      return how
    case 'start-timeout':
      return `stopped: not ready in time (${how})`
    case 'watchdog':
      return `stopped: no sign of life (${how})`
    case 'probe':
      return `stopped: did not answer its probe (${how})`
    case 'spawn':
      return 'could not be started'
    case 'memory':
      return 'killed by the kernel, out of memory'
    case 'asked':
      return 'stopped by command'
    case 'rest-for-one':
      return 'restarted with a service that it comes after'
    case 'supervisor':
      return 'ended with lanward itself, which was killed or crashed'
    case 'machine':
      return 'ended with the machine, which went down'
  }
}

/** Tells what the end of a run cost: the gap, what waited, what the kernel dropped; empty when nothing is known. */
export function exitCost(exit: ExitReport): string {
  const parts: string[] = []
  if (exit.gap_ms !== null) parts.push(`ready again after ${formatMs(exit.gap_ms)}`)
  if (exit.queued !== null) parts.push(`${exit.queued} waited`)
  if (exit.dropped !== null) parts.push(`${exit.dropped} dropped`)
  return parts.join(', ')
}

/** A moment as people read it, in UTC to the second; anything else is shown as it came. */
export function formatMoment(text: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.\d+)?Z$/.exec(text)
  return match === null ? printable(text) : `${match[1]} ${match[2]}Z`
}

function codeText(code: number | null): string {
  return code === null ? 'ended' : `exited with code ${code}`
}
