import { readdirSync } from 'node:fs'
import { setPriority } from 'node:os'
import { declare } from './libc.ts'

const setScheduler = declare<(pid: number, policy: number, parameter: Uint8Array) => number>(
  'int sched_setscheduler(int pid, int policy, void *parameter)',
)
const setIoPriority = declare<(number: number, which: number, who: number, priority: number) => number>(
  'int64 syscall(long number, int which, int who, int priority)',
)

const SCHED_IDLE = 5
const IOPRIO_SET = process.arch === 'arm64' ? 30 : 251
const IOPRIO_WHO_PROCESS = 1
/** Class idle: the disk is ours when nobody else wants it. */
const IOPRIO_IDLE = 3 << 13
const NICEST = 19

/**
 * Has all threads of this process run only when nobody else wants the processor or the disk (sched(7), SCHED_IDLE;
 * ioprio_set(2)). Threads started later follow. What the kernel refuses is left as it was.
 */
export function yieldToOthers(): void {
  const parameter = Buffer.alloc(128)
  for (const name of readdirSync('/proc/self/task')) {
    const thread = Number(name)
    setScheduler(thread, SCHED_IDLE, parameter)
    setIoPriority(IOPRIO_SET, IOPRIO_WHO_PROCESS, thread, IOPRIO_IDLE)
    try {
      setPriority(thread, NICEST)
    } catch {
      // A thread that has ended meanwhile.
    }
  }
}
