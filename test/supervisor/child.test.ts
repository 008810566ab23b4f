import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Child } from '../../supervisor/child/child.ts'
import type { Launch } from '../../supervisor/child/launch.ts'

const SPEAKS_IPC = join(import.meta.dirname, '../children/speaks-ipc.ts')
const LONG_MS = 15_000

/** A child, and what it told; the promises hold what comes once. */
interface Started {
  readonly child: Child
  readonly lines: readonly string[]
  readonly exit: Promise<readonly [number | null, string | null]>
  readonly silence: Promise<void>
}

function start(words: readonly string[], own = false): Started {
  const [file = '', ...args] = words
  const launch: Launch = { file, args, environment: { PATH: process.env['PATH'] ?? '' }, cwd: '/', user: null }
  const lines: string[] = []
  const exit = Promise.withResolvers<readonly [number | null, string | null]>()
  const silence = Promise.withResolvers<void>()
  const child = Child.start(
    launch,
    { fds: [], own, notifyFd: null, group: null },
    {
      onReady: () => undefined,
      onRefused: (error) => exit.reject(new Error(error)),
      onExit: (code, signal) => exit.resolve([code, signal]),
      onLine: (line) => lines.push(line),
      onSilence: () => silence.resolve(),
      onAsk: async (method, params) => ({ method, params }),
    },
  )
  if (child === null) throw new Error('not started')
  return { child, lines, exit: exit.promise, silence: silence.promise }
}

/** How many descriptors this process has open to pipes and sockets. */
function openPorts(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return /^(pipe|socket):/.test(readlinkSync(`/proc/self/fd/${fd}`))
    } catch {
      return false
    }
  }).length
}

describe('a child', () => {
  test('is read to its last words on both outputs, then nothing of it stays open', async () => {
    const before = openPorts()
    const { lines, exit, silence } = start(['/bin/sh', '-c', 'echo one; echo two >&2; printf three; exit 3'])
    expect(await exit).toEqual([3, null])
    await silence
    expect([...lines].sort()).toEqual(['one', 'three', 'two'])
    expect(openPorts()).toBe(before)
  })

  test('has told all that it wrote when its end is told, also when it wrote more than it may at once', async () => {
    const { lines, exit } = start([
      '/bin/sh',
      '-c',
      'yes "$(printf %01000d 0)" | head -n 250; echo last words; exit 78',
    ])
    const told = await exit.then(() => [...lines])
    expect(told.at(-1)).toBe('last words')
  })

  test('that cannot be started is refused, and nothing of it stays open', async () => {
    const before = openPorts()
    const refused = Promise.withResolvers<string>()
    const events = {
      onReady: () => undefined,
      onRefused: refused.resolve,
      onExit: () => undefined,
      onLine: () => undefined,
      onSilence: () => undefined,
      onAsk: async () => null,
    }
    const launch = { file: '/nonexistent/program', args: [], environment: {}, cwd: '/', user: null }
    expect(Child.start(launch, { fds: [], own: true, notifyFd: null, group: null }, events)).toBeNull()
    expect(await refused.promise).toContain('cannot start /nonexistent/program')
    expect(openPorts()).toBe(before)
  })
})

describe('the channel to one of our daemons', () => {
  test('carries questions both ways, whatever their size, and hides itself from the environment', async () => {
    const { child, exit } = start([process.execPath, SPEAKS_IPC], true)
    expect(await child.ask('environment', null, LONG_MS)).toEqual([])
    expect(await child.ask('ask', { deep: ['ä', '\n'] }, LONG_MS)).toEqual({
      method: 'status',
      params: { deep: ['ä', '\n'] },
    })
    const large = 'x'.repeat(3_000_000)
    const answers = await Promise.all([1, 2, 3].map((number) => child.ask('echo', { number, large }, LONG_MS)))
    expect(answers).toEqual([1, 2, 3].map((number) => ({ number, large })))
    const pending = child.ask('exit', null, LONG_MS)
    await expect(pending).rejects.toThrow(/the daemon (ended|closed its channel)/)
    expect(await exit).toEqual([7, null])
    await expect(child.ask('echo', null, LONG_MS)).rejects.toThrow('not connected')
  })

  test('tells when the daemon closes it and lives on', async () => {
    const { child, exit } = start([process.execPath, SPEAKS_IPC], true)
    await expect(child.ask('disconnect', null, LONG_MS)).rejects.toThrow('closed its channel')
    expect(await exit).toEqual([0, null])
  })
})
