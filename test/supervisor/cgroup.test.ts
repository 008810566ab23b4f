import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { lockFolder } from '../../daemons/linux/lock-file.ts'
import { Cgroup } from '../../supervisor/cgroup/cgroup.ts'
import { CgroupTree, findOwnCgroup, ownCgroups } from '../../supervisor/cgroup/cgroup-tree.ts'

/** A folder as the kernel's tree, and one as /proc/self that says we are in `own` of it. */
function fakeTree(own: string): { readonly root: string; readonly proc: string } {
  const folder = mkdtempSync(join(tmpdir(), 'cgroup-'))
  const root = join(folder, 'cgroup')
  const proc = join(folder, 'proc')
  mkdirSync(join(root, own), { recursive: true })
  mkdirSync(proc)
  writeFileSync(join(root, own, 'cgroup.procs'), '7\n42\n')
  writeFileSync(join(proc, 'cgroup'), `9:name=systemd:/\n0::${own}\n`)
  writeFileSync(join(proc, 'mountinfo'), `1 2 0:30 / ${root} rw,nosuid shared:9 - cgroup2 cgroup2 rw\n`)
  return { root, proc }
}

function read(path: string): string {
  return readFileSync(path, 'utf8')
}

describe('our own cgroup', () => {
  const UNIFIED = '24 1 0:22 / /sys/fs/cgroup rw,nosuid,nodev shared:9 - cgroup2 cgroup2 rw,nsdelegate\n'
  test.each([
    ['under systemd', '0::/system.slice/lanward.service', UNIFIED, '/sys/fs/cgroup/system.slice/lanward.service'],
    ['in a container', '0::/', UNIFIED, '/sys/fs/cgroup'],
    [
      'in a container that sees the outer names',
      '0::/docker/1a/inner',
      '24 1 0:22 /docker/1a /sys/fs/cgroup rw - cgroup2 cgroup rw\n',
      '/sys/fs/cgroup/inner',
    ],
    ['above what we may see', '0::/../other', UNIFIED, null],
    ['outside of what is mounted', '0::/other', '24 1 0:22 /docker/1a /sys/fs/cgroup rw - cgroup2 cgroup rw\n', null],
    [
      'beside version 1',
      '4:memory:/a\n0::/',
      `${UNIFIED.replace('/sys/fs/cgroup ', '/sys/fs/cgroup/unified ')}`,
      '/sys/fs/cgroup/unified',
    ],
    ['of version 1 alone', '4:memory:/a\n', '24 1 0:22 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n', null],
  ])('%s', (_title, cgroup, mountinfo, want) => {
    expect(ownCgroups(cgroup, mountinfo)).toEqual(want === null ? [] : [want])
  })
})

test('of mounts that lie over each other the one is ours that has us in it', () => {
  const hidden = fakeTree('/a')
  const { root, proc } = fakeTree('/a')
  rmSync(join(hidden.root, 'a/cgroup.procs'))
  const mounts = [root, hidden.root].map((point) => `1 2 0:30 / ${point} rw - cgroup2 cgroup2 rw\n`)
  writeFileSync(join(proc, 'mountinfo'), mounts.join(''))
  expect(findOwnCgroup(42, proc)).toBe(join(root, 'a'))
  expect(findOwnCgroup(43, proc)).toBeNull()
})

describe('CgroupTree', () => {
  test('settles in a leaf, asks for the controllers, and gives each process a group', () => {
    const { root, proc } = fakeTree('/system.slice/lanward.service')
    const place = join(root, 'system.slice/lanward.service')
    const group = CgroupTree.take(42, proc)?.create('ntp.1')
    expect(read(join(place, 'lanward-42/supervisor/cgroup.procs'))).toBe('0')
    expect(read(join(place, 'cgroup.subtree_control'))).toBe('+cpu')
    expect(read(join(place, 'lanward-42/cgroup.subtree_control'))).toBe('+cpu')
    expect(group?.path).toBe(join(place, 'lanward-42/ntp.1'))
    expect(existsSync(group?.path ?? '')).toBe(true)
  })

  test('goes on where an earlier program of the same process settled', () => {
    const { root, proc } = fakeTree('/a/lanward-42/supervisor')
    const group = CgroupTree.take(42, proc)?.create('ntp.2')
    expect(group?.path).toBe(join(root, 'a/lanward-42/ntp.2'))
    expect(existsSync(join(root, 'a/lanward-42/supervisor/lanward-42'))).toBe(false)
  })

  test('ends what a dead supervisor left, and nothing of one that lives, wherever that one is for the moment', () => {
    const { root, proc } = fakeTree('/a')
    const leaf = (name: string): string => {
      for (const folder of ['supervisor', 'ntp.1']) mkdirSync(join(root, 'a', name, folder), { recursive: true })
      writeFileSync(join(root, 'a', name, 'supervisor/cgroup.procs'), '')
      return join(root, 'a', name, 'ntp.1/cgroup.kill')
    }
    const [dead, alive] = [leaf('lanward-1'), leaf('lanward-43')]
    const lock = lockFolder(join(root, 'a/lanward-43'))
    CgroupTree.take(42, proc)
    expect(read(dead)).toBe('1')
    expect(existsSync(alive)).toBe(false)
    lock?.release()
  })

  test('is none where another supervisor has our pid, in a container of its own', () => {
    const { root, proc } = fakeTree('/a')
    mkdirSync(join(root, 'a/lanward-42'))
    const lock = lockFolder(join(root, 'a/lanward-42'))
    expect(CgroupTree.take(42, proc)).toBeNull()
    lock?.release()
    expect(CgroupTree.take(42, proc)).not.toBeNull()
  })

  test('is none where we may not write', () => {
    const { root, proc } = fakeTree('/a')
    writeFileSync(join(root, 'a/lanward-42'), 'no folder')
    expect(CgroupTree.take(42, proc)).toBeNull()
    expect(CgroupTree.take(42, '/nonexistent')).toBeNull()
    const hidden = fakeTree('/a')
    rmSync(join(hidden.root, 'a/cgroup.procs')) // Something else is mounted there.
    expect(CgroupTree.take(42, hidden.proc)).toBeNull()
    expect(existsSync(join(hidden.root, 'a/lanward-42'))).toBe(false)
  })

  test('refuses a group rather than fail', () => {
    const { root, proc } = fakeTree('/a')
    const tree = CgroupTree.take(42, proc)
    writeFileSync(join(root, 'a/lanward-42/ntp.1'), 'no folder')
    expect(tree?.create('ntp.1')).toBeNull()
    expect(tree?.create('ntp.2')).not.toBeNull()
  })
})

describe('Cgroup', () => {
  function fakeGroup(files: Readonly<Record<string, string>>): Cgroup {
    const path = join(mkdtempSync(join(tmpdir(), 'cgroup-')), 'ntp.1')
    mkdirSync(path)
    mkdirSync(join(dirname(path), 'supervisor'))
    for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content)
    return new Cgroup(path)
  }

  test('counts what all of its processes take, without pages of files', () => {
    const group = fakeGroup({
      'memory.stat': 'anon 4000000\nfile 7000000\nkernel 800000\nshmem 200000\n',
      'memory.events': 'low 0\noom 2\noom_kill 1\noom_group_kill 0\n',
      'cpu.stat': 'usage_usec 2500000\nuser_usec 1\n',
      'cgroup.procs': '7\n8\n9\n',
    })
    expect(group.usage()).toEqual({ memoryBytes: 5_000_000, cpuSeconds: 2.5, processes: 3 })
    expect(group.memoryKills()).toBe(1)
  })

  test('leaves open what is not counted here', () => {
    const group = fakeGroup({ 'cpu.stat': 'usage_usec 0\n', 'cgroup.procs': '7\n8\n' })
    expect(group.usage()).toEqual({ memoryBytes: null, cpuSeconds: 0, processes: 2 })
    expect(group.memoryKills()).toBeNull()
    expect(new Cgroup('/nonexistent/group').usage()).toEqual({
      memoryBytes: null,
      cpuSeconds: null,
      processes: null,
    })
  })

  test('never kills a group that we ourselves are in', () => {
    const group = fakeGroup({ 'cgroup.procs': `7\n${process.pid}\n` })
    group.kill()
    expect(existsSync(join(group.path, 'cgroup.kill'))).toBe(false)
  })

  test('comes back from the group though the work in it fails', () => {
    const group = fakeGroup({})
    const home = join(dirname(group.path), 'supervisor')
    expect(() =>
      group.within(() => {
        throw new Error('no such program')
      }),
    ).toThrow('no such program')
    expect(read(join(home, 'cgroup.procs'))).toBe('0')
  })
})
