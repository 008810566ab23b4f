import type { DescriptorFacts, MemoryFacts } from './facts.ts'
import { readNumber, readText } from './read-text.ts'

/**
 * Looks at the memory of the machine and of our control group.
 *
 * @param supervisor pid of the running supervisor, null = none
 */
export function seeMemory(supervisor: number | null, proc = '/proc', groups = '/sys/fs/cgroup'): MemoryFacts {
  const table = readText(`${proc}/meminfo`)
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(table)?.[1] ?? 0) * 1024
  const pressure = /^some .*\bavg60=([\d.]+)/m.exec(readText(`${proc}/pressure/memory`))?.[1]
  return {
    totalBytes: bytes('MemTotal'),
    availableBytes: bytes('MemAvailable'),
    swapTotalBytes: bytes('SwapTotal'),
    swapFreeBytes: bytes('SwapFree'),
    groupFreeBytes: seeGroup(proc, groups),
    pressure: pressure === undefined ? null : Number(pressure),
    kills: Number(/^oom_kill (\d+)$/m.exec(readText(`${proc}/vmstat`))?.[1] ?? 0),
    oomScore: supervisor === null ? null : readNumber(`${proc}/${supervisor}/oom_score_adj`),
  }
}

/** What a limit of our control group (v2) leaves; pages that the kernel can drop at once count as free. */
function seeGroup(proc: string, groups: string): number | null {
  const path = /^0::(\/.*)$/m.exec(readText(`${proc}/self/cgroup`))?.[1] ?? '/'
  const folder = `${groups}${path === '/' ? '' : path}`
  const limit = readNumber(`${folder}/memory.max`)
  const used = readNumber(`${folder}/memory.current`)
  if (limit === null || used === null) return null
  const droppable = Number(/^inactive_file (\d+)$/m.exec(readText(`${folder}/memory.stat`))?.[1] ?? 0)
  return Math.max(0, limit - used + droppable)
}

/** Looks at how many files and connections may be open. */
export function seeDescriptors(limit: number | null, supervisor: number | null, proc = '/proc'): DescriptorFacts {
  const [open, , most] = readText(`${proc}/sys/fs/file-nr`).trim().split(/\s+/)
  const limits = supervisor === null ? '' : readText(`${proc}/${supervisor}/limits`)
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1]
  return {
    limit,
    supervisorLimit: soft === undefined ? null : Number(soft),
    openOnMachine: open === undefined || most === undefined ? null : Number(open),
    maxOnMachine: most === undefined ? null : Number(most),
  }
}
