import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** The init that boots. */
export const SYSTEMD = '/lib/systemd/systemd'

const TRY =
  'mount -t cgroup2 cgroup2 /sys/fs/cgroup && mkdir /sys/fs/cgroup/lanward-try && rmdir /sys/fs/cgroup/lanward-try'

/** Whether systemd is there and may be init of namespaces with file systems and a cgroup tree of their own. */
export function canBoot(): boolean {
  const words = ['--mount', '--pid', '--cgroup', '--net', '--ipc', '--uts', '--fork', '--mount-proc', 'sh', '-c', TRY]
  return existsSync(SYSTEMD) && spawnSync('unshare', words).status === 0
}
