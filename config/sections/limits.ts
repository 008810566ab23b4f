import * as v from 'valibot'
import type { ResourceLimit } from '../config.ts'
import { seconds } from '../pieces/duration.ts'
import { table, whole } from '../pieces/piece.ts'
import { sizeLimit } from '../pieces/size.ts'

/** `limits` of a `[[service]]`: what one of its processes may use at most (setrlimit(2)). */
export const limitsSchema = table('Most that each process of the program may use.', {
  open_files: v.optional(whole('Open files and sockets.', 8, 2 ** 30)),
  processes: v.optional(whole('Processes and threads of its user, those of other services counted too.', 1, 2 ** 22)),
  memory: v.optional(sizeLimit('Memory that the process can write to; asking for more fails.', '4MiB')),
  stack: v.optional(sizeLimit('Stack of the main thread.', '64KiB')),
  core: v.optional(sizeLimit('Core dump; "0" = none.', '0B')),
  file_size: v.optional(sizeLimit('Any file that it writes.', '0B')),
  locked_memory: v.optional(sizeLimit('Memory locked against swapping.', '0B')),
  cpu_time: v.optional(seconds('CPU time of one run; more is ended by SIGXCPU.', '1s', '365d')),
})

const RESOURCES = {
  open_files: 'nofile',
  processes: 'nproc',
  memory: 'data',
  stack: 'stack',
  core: 'core',
  file_size: 'fsize',
  locked_memory: 'memlock',
  cpu_time: 'cpu',
} as const satisfies Record<keyof v.InferOutput<typeof limitsSchema>, ResourceLimit['resource']>

/** Names the limits as the kernel does, in the order of the schema. */
export function buildLimits(written: v.InferOutput<typeof limitsSchema> | undefined): readonly ResourceLimit[] {
  return Object.entries(RESOURCES).flatMap(([key, resource]) => {
    const most = written?.[key as keyof typeof RESOURCES]
    return most === undefined ? [] : [{ resource, most }]
  })
}
