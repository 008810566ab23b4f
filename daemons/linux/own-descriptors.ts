import { readdirSync } from 'node:fs'
import { keepOnExec } from './replace-process.ts'

/** The standard streams. */
const LAST_STREAM = 2

/**
 * Has no program that we start inherit a descriptor but those it is given: what whoever started us left open would be held
 * by all of them, for as long as they live.
 */
export function keepDescriptorsToOurselves(): void {
  for (const name of readdirSync('/proc/self/fd')) {
    const fd = Number(name)
    if (fd <= LAST_STREAM) continue
    try {
      keepOnExec(fd, false)
    } catch {
      // It was the one by which the folder was read.
    }
  }
}
