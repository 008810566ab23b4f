/** Changes its own rights as asked and prints what the kernel then says of it. */
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import {
  becomeSubreaper,
  forbidNewPrivileges,
  getResourceLimit,
  peekZombie,
  reapZombie,
  setGroups,
  setParentDeathSignal,
  setResourceLimit,
} from '../../daemons/linux/process-control.ts'

const status = (key: string): string =>
  new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1]?.trim() ?? ''

switch (process.argv[2]) {
  case 'no-new-privileges':
    forbidNewPrivileges()
    process.stdout.write(status('NoNewPrivs'))
    break
  case 'groups':
    setGroups([4242, 4343])
    process.stdout.write(status('Groups'))
    break
  case 'limit':
    setResourceLimit('nofile', 123, 456)
    process.stdout.write(
      `${getResourceLimit('nofile').join(' ')} ${/open files +(\d+) +(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.slice(1).join(' ')}`,
    )
    break
  case 'subreaper': {
    becomeSubreaper()
    // The shell forks a sleeper and ends; the orphan becomes ours.
    const orphan = Number(spawnSync('sh', ['-c', 'sleep 100 >/dev/null 2>&1 & echo $!'], { encoding: 'utf8' }).stdout)
    const parent = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${orphan}/status`, 'utf8'))?.[1]
    process.stdout.write(`${Number(parent) === process.pid} ${reapZombie(orphan)}`)
    process.kill(orphan, 'SIGKILL')
    while (peekZombie() !== orphan) spawnSync('true')
    process.stdout.write(` ${peekZombie() === orphan} ${reapZombie(orphan)} ${peekZombie()} ${reapZombie(orphan)}`)
    break
  }
  case 'parent-of-dying': {
    const child = spawn(process.execPath, [...process.execArgv, import.meta.filename, 'dies-with-parent'], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    child.on('spawn', () => process.stderr.write(''))
    process.stdin.resume()
    break
  }
  case 'dies-with-parent':
    setParentDeathSignal(9)
    process.stdout.write(`${process.pid}\n`)
    process.stdin.resume()
    setInterval(() => {}, 1000)
    break
}
