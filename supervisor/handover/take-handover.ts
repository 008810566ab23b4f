import { takeMemoryFile } from '../../daemons/linux/memory-file.ts'
import { keepOnExec } from '../../daemons/linux/replace-process.ts'
import type { ServiceSpec } from '../spec/spec.ts'
import { decodeHandover, descriptorsOf, type Handover } from './handover.ts'

/** Names the descriptor of the hand-over; only ever set by the program that we replace. */
export const HANDOVER_VARIABLE = 'LANWARD_HANDOVER'

/**
 * Takes what the program that we replaced left to us, once: the descriptors are ours now and close on exec again.
 *
 * @param environment our own; the variable is removed from it
 * @returns null when we did not replace any
 * @throws Error when it cannot be read, which the rehearsal makes all but impossible
 */
export function takeHandover(environment: Record<string, string | undefined>): Handover | null {
  const fd = environment[HANDOVER_VARIABLE]
  delete environment[HANDOVER_VARIABLE]
  if (fd === undefined) return null
  const handover = decodeHandover(takeMemoryFile(Number(fd)))
  if (typeof handover === 'string') throw new Error(`cannot read what the replaced program left: ${handover}`)
  for (const kept of descriptorsOf(handover)) keepOnExec(kept, false)
  return handover
}

/**
 * The services as they go on under the specs of the new program. With the same configuration file, what the new program
 * makes of it holds at once; with another, the old specs hold until a reload compares the two.
 */
export function resumedFleet(
  { fleet, fileHash }: Handover,
  present: { readonly fileHash: string; readonly specs: readonly ServiceSpec[] },
): Handover['fleet'] {
  const fresh = new Map(present.specs.map((spec) => [spec.name, spec]))
  return {
    ...fleet,
    services: fleet.services.map((record) => {
      const spec = fresh.get(record.spec.name)
      if (spec === undefined) return record
      if (fileHash === present.fileHash) return { ...record, spec }
      // Where our daemons lie is no part of the configuration: a new place alone is no reason to restart them.
      const command = spec.own ? spec.command : record.spec.command
      return { ...record, spec: { ...spec, ...record.spec, command, rules: { ...spec.rules, ...record.spec.rules } } }
    }),
  }
}
