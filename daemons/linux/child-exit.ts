import { constants } from 'node:os'
import { declare } from './libc.ts'

const waitpid = declare<(pid: number, status: Uint8Array, options: number) => number>(
  'int waitpid(int pid, void *status, int options)',
)

const WNOHANG = 1
const SIGNAL_BITS = 0x7f

/** How a process ended: one of the two is set; both are null when somebody else took its status. */
export interface ChildExit {
  readonly code: number | null
  readonly signal: string | null
}

/**
 * Takes the exit status of a child that Node does not know of, and with it the last trace of the child.
 *
 * @returns null while it lives
 */
export function takeExit(pid: number): ChildExit | null {
  const status = Buffer.alloc(4)
  const found = waitpid(pid, status, WNOHANG)
  if (found === 0) return null
  return found === pid ? decodeStatus(status.readInt32LE(0)) : { code: null, signal: null }
}

/** Reads a wait status, wait(2): the signal in the low seven bits, the exit code in the byte above. */
export function decodeStatus(status: number): ChildExit {
  const signal = status & SIGNAL_BITS
  return signal === 0 ? { code: (status >> 8) & 0xff, signal: null } : { code: null, signal: nameOf(signal) }
}

function nameOf(signal: number): string {
  return Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? `SIG${signal}`
}
