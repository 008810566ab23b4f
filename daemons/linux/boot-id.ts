import { readFileSync } from 'node:fs'

/** A number that each start of the machine has anew; '' where the kernel does not tell it. */
export function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  } catch {
    return ''
  }
}
