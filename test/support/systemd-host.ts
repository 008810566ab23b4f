import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { children } from './box.ts'
import { SYSTEMD } from './can-boot.ts'
import { searchPath } from './needs.ts'
import { waitFor } from './wait-for.ts'

const CHECKOUT = new URL('../..', import.meta.url).pathname.replace(/\/$/, '')

/** Where the checkout lies inside; the units are written for another place, but that one is in nobody's way. */
export const INSIDE = '/opt/lanward'

/**
 * Makes the surroundings of an init: file systems that it may change without anybody outside noticing, a cgroup of its own
 * below ours, no way to the clock or the power switch. `$1` is a folder of ours, `$2` the checkout, `$3` the cgroup.
 */
const PREPARE = `set -e
mount --make-rprivate /
mkdir -p "$1/cgroup"; mount -t cgroup2 cgroup2 "$1/cgroup"
mkdir "$1/cgroup/$3"; echo 0 >"$1/cgroup/$3/cgroup.procs"; umount "$1/cgroup"
exec unshare --cgroup --pid --net --ipc --uts --fork --kill-child --mount-proc sh -ec '
  mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys
  umount --recursive --lazy /sys/fs/cgroup || true; mount -t cgroup2 cgroup2 /sys/fs/cgroup
  mount -t tmpfs tmpfs /run; mkdir /run/etc /run/olddev
  cp -a /etc/. /run/etc; mount --bind /run/etc /etc
  mount -t tmpfs tmpfs /var/lib; mount -t tmpfs tmpfs /opt
  mkdir ${INSIDE}; mount --bind "$2" ${INSIDE}
  mount --bind /dev /run/olddev; mount -t tmpfs tmpfs /dev; mkdir /dev/pts /dev/shm
  for node in null zero full random urandom tty; do touch /dev/$node; mount --bind /run/olddev/$node /dev/$node; done
  mount -t devpts devpts /dev/pts -o newinstance,ptmxmode=0666; ln -s pts/ptmx /dev/ptmx; mount -t tmpfs tmpfs /dev/shm
  rm -rf /etc/systemd/system /etc/machine-id; cp -r "$1/units" /etc/systemd/system; echo 0123456789abcdef0123456789abcdef >/etc/machine-id
  mkdir /etc/lanward; cp "$1/lanward.toml" /etc/lanward/
  systemd-sysusers ${INSIDE}/systemd/lanward.sysusers.conf; systemd-tmpfiles --create ${INSIDE}/systemd/lanward.tmpfiles.conf
  ip link set lo up; ip link add eth1 type veth peer name eth9; ip link set eth9 up; ip link set eth1 up
  ip address add 192.168.50.1/24 dev eth1
  exec setpriv --bounding-set -sys_time,-sys_boot,-sys_module env -i container=test PATH="$PATH" \\
    ${SYSTEMD} --system --unit=test.target --log-target=null --show-status=no' sh "$1" "$2"`

/** What a command inside printed, and how it ended. */
export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A systemd that runs as init of namespaces of its own, with an interface eth1 and the units that it is given. */
export class SystemdHost implements AsyncDisposable {
  readonly #outer: ChildProcess
  readonly #cgroup: string
  readonly #folder: string
  #init = 0

  private constructor(folder: string) {
    this.#folder = folder
    this.#cgroup = `lanward-test-${process.pid}`
    this.#outer = spawn('unshare', ['--mount', 'sh', '-c', PREPARE, 'sh', folder, CHECKOUT, this.#cgroup], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: searchPath(),
    })
  }

  /**
   * Boots it.
   *
   * @param folder ours alone; holds `units/` and `lanward.toml`
   */
  static async boot(folder: string): Promise<SystemdHost> {
    writeFileSync(join(folder, 'units/test.target'), '[Unit]\nDefaultDependencies=no\n')
    const host = new SystemdHost(folder)
    let printed = ''
    for (const stream of [host.#outer.stdout, host.#outer.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        printed += text
      })
    await waitFor('systemd as init', () => {
      if (host.#outer.exitCode !== null) throw new Error(`cannot boot systemd: ${printed}`)
      host.#init = children(host.#outer.pid ?? 0)[0] ?? 0
      return (host.#init > 0 && host.run('systemctl', 'is-active', 'test.target').status === 0) || undefined
    })
    return host
  }

  /** Runs a command inside to its end. */
  run(...words: string[]): Ran {
    return spawnSync('nsenter', ['--all', '--target', String(this.#init), ...words], {
      encoding: 'utf8',
      timeout: 60_000,
      env: { PATH: `${INSIDE}/node_modules/.bin:${searchPath()['PATH'] ?? ''}` },
    })
  }

  /** A property of a unit, as `systemctl show` tells it. */
  property(unit: string, name: string): string {
    return this.run('systemctl', 'show', '--property', name, '--value', unit).stdout.trim()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#outer.exitCode === null && this.#outer.signalCode === null) {
      const gone = once(this.#outer, 'exit')
      this.#outer.kill('SIGKILL')
      await gone
    }
    const remove = 'mount -t cgroup2 cgroup2 "$1/cgroup"; find "$1/cgroup/$2" -depth -type d -exec rmdir {} +'
    await waitFor(
      'the end of its processes',
      () =>
        spawnSync('unshare', ['--mount', 'sh', '-c', remove, 'sh', this.#folder, this.#cgroup]).status === 0 ||
        undefined,
    )
  }
}
