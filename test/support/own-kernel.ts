import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const NOBODY = 65_534
/** Without any right, so that nothing inside can do anything to this machine, whatever it believes to be. */
const POWERLESS = [
  '--bounding-set=-all',
  '--inh-caps=-all',
  `--reuid=${NOBODY}`,
  `--regid=${NOBODY}`,
  '--clear-groups',
  '--',
]

/**
 * Runs a shell script as root of a Linux kernel of its own (User Mode Linux), with a clock of its own, on the files of this
 * machine as `nobody` sees them.
 *
 * @param folder the script may write there, and there alone
 * @returns what it printed, when that kernel has ended
 */
export async function runOnOwnKernel(folder: string, script: string, limitMs: number): Promise<string> {
  const [init, output] = [join(folder, 'init.sh'), join(folder, 'output')]
  const begin = `#!/bin/bash\nmount -t proc proc /proc\nip link set lo up\nexec >${output} 2>&1\n`
  writeFileSync(init, `${begin}${script}\necho 1 >/proc/sys/kernel/sysrq; echo o >/proc/sysrq-trigger\nsleep 60\n`)
  writeFileSync(output, '')
  chmodSync(init, 0o755)
  for (const path of [folder, output]) chownSync(path, NOBODY, NOBODY)
  const root = ['root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'rw', `init=${init}`]
  const words = [...POWERLESS, 'linux.uml', 'mem=700M', ...root, 'con=null', 'con0=null,fd:1', 'quiet']
  const kernel = spawn('setpriv', words, {
    env: { ...process.env, HOME: folder, TMPDIR: '/dev/shm' },
    stdio: 'ignore',
    detached: true,
  })
  const exited = once(kernel, 'exit', { signal: AbortSignal.timeout(limitMs) })
  try {
    await exited
  } catch {
    // Its processes are a group of their own.
    process.kill(-(kernel.pid ?? 0), 'SIGKILL')
  }
  return readFileSync(output, 'utf8')
}
