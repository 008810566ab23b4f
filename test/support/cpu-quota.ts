import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const V1 = '/sys/fs/cgroup/cpu'
const V2 = '/sys/fs/cgroup'

/** Whether this machine lets us take the CPU from a process: a control group with a quota, of either version. */
export function canStarve(): boolean {
  const controllers = join(V2, 'cgroup.subtree_control')
  return (
    existsSync(join(V1, 'tasks')) ||
    (existsSync(controllers) && readFileSync(controllers, 'utf8').split(' ').includes('cpu'))
  )
}

/** Lets a process have one thousandth of one CPU until it is disposed of. */
export function starve(pid: number): Disposable {
  const old = existsSync(join(V1, 'tasks'))
  const root = old ? V1 : V2
  const group = join(root, `lanward-test-${pid}`)
  mkdirSync(group)
  if (old) {
    writeFileSync(join(group, 'cpu.cfs_period_us'), '1000000')
    writeFileSync(join(group, 'cpu.cfs_quota_us'), '1000')
  } else writeFileSync(join(group, 'cpu.max'), '1000 1000000')
  writeFileSync(join(group, 'cgroup.procs'), String(pid))
  return {
    [Symbol.dispose]: () => {
      writeFileSync(join(root, 'cgroup.procs'), String(pid))
      rmdirSync(group)
    },
  }
}
