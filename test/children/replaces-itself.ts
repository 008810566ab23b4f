/**
 * Starts children, becomes another program of the same process that adopts them, ends them, and prints what it heard of
 * them as one JSON object.
 */

import { openMemoryFile, takeMemoryFile } from '../../daemons/linux/memory-file.ts'
import { keepOnExec, replaceProcess } from '../../daemons/linux/replace-process.ts'
import { Child, type ChildEvents, type ChildRecord, descriptorsOfChild } from '../../supervisor/child/child.ts'

/** The fates of the children: what each does when it gets SIGUSR1. */
const FATES: Readonly<Record<string, string>> = {
  done: 'exit 0',
  seven: 'exit 7',
  last: 'exit 255',
  term: 'kill -TERM $$',
  killed: 'kill -KILL $$',
  fault: 'kill -SEGV $$',
}

const LONG_MS = 15_000

function silentEvents(): ChildEvents {
  return {
    onReady: () => undefined,
    onRefused: (error) => fail(error),
    onExit: () => undefined,
    onLine: () => undefined,
    onSilence: () => undefined,
    onAsk: async () => null,
  }
}

function fail(error: unknown): never {
  process.stderr.write(`${String(error)}\n`)
  process.exit(1)
}

function start(command: readonly string[], own: boolean, events: Partial<ChildEvents>): Child {
  const [file = '', ...args] = command
  const launch = { file, args, environment: { PATH: process.env['PATH'] ?? '' }, cwd: '/', user: null }
  return (
    Child.start(launch, { fds: [], own, notifyFd: null, group: null }, { ...silentEvents(), ...events }) ??
    fail('not started')
  )
}

/** Starts all, waits until each has said something, and becomes the next program. */
async function first(): Promise<void> {
  const children: Record<string, Child> = {}
  for (const [name, fate] of Object.entries(FATES)) {
    const waiting = `trap '${fate}' USR1; echo up; printf "half of "; sleep 100 >&- 2>&- & wait`
    const said = Promise.withResolvers<void>()
    const child = start(['/bin/sh', '-c', waiting], false, { onLine: () => said.resolve() })
    await said.promise
    children[name] = child
  }
  const daemon = start([process.execPath, new URL('speaks-ipc.ts', import.meta.url).pathname], true, {
    onAsk: () => new Promise(() => undefined),
  })
  await daemon.ask('echo', 'x', LONG_MS)
  // This one is asked of us and not answered before we are replaced; its own answer comes after that as well.
  const asked = Promise.withResolvers<void>()
  const open = start([process.execPath, new URL('speaks-ipc.ts', import.meta.url).pathname], true, {
    onAsk: () => {
      asked.resolve()
      return new Promise(() => undefined)
    },
  })
  void open.ask('ask', { never: 'answered' }, LONG_MS).catch(() => undefined)
  await asked.promise
  // Larger than a socket holds: part of it is still to be sent by the next program.
  void daemon.ask('echo', 'y'.repeat(3_000_000), LONG_MS).catch(() => undefined)
  const all = Object.entries({ ...children, daemon, open })
  const records = Object.fromEntries(all.map(([name, child]) => [name, child.record()]))
  const fd = openMemoryFile('records', JSON.stringify(records))
  for (const kept of [fd, ...Object.values(records).flatMap(descriptorsOfChild)]) keepOnExec(kept, true)
  const words = [process.execPath, ...process.execArgv, import.meta.filename, String(fd), String(process.pid)]
  replaceProcess(process.execPath, words, process.env)
}

/** Adopts all, ends them and prints how they ended. */
async function second(fd: number): Promise<void> {
  const records = JSON.parse(takeMemoryFile(fd)) as Record<string, ChildRecord>
  const heard: Record<string, unknown> = { samePid: process.pid === Number(process.argv[3]) }
  const questions: unknown[] = []
  const ends = Object.entries(records).map(async ([name, record]) => {
    const exit = Promise.withResolvers<unknown>()
    const silence = Promise.withResolvers<void>()
    const lines: string[] = []
    const child = Child.adopt(record, {
      ...silentEvents(),
      onLine: (line) => lines.push(line),
      onSilence: silence.resolve,
      onExit: (code, signal) => exit.resolve([code, signal]),
      onAsk: async (method, params) => {
        questions.push([method, params])
        return 'answered at last'
      },
    })
    if (record.channel === null) child.signalLeader('SIGUSR1')
    else {
      heard[`${name} echoes`] = await child.ask('echo', { after: name }, LONG_MS)
      void child.ask('exit', null, LONG_MS).catch(() => undefined)
    }
    heard[name] = [...((await exit.promise) as unknown[]), ...(await silence.promise.then(() => lines))]
  })
  await Promise.all(ends)
  process.stdout.write(JSON.stringify({ ...heard, questions }))
}

const [, , fd] = process.argv
if (fd === undefined) first().catch(fail)
else second(Number(fd)).catch(fail)
