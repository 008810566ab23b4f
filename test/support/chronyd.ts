import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { searchPath } from './needs.ts'

/** A chronyd on loopback that never touches this machine's clock (-x) and writes only into its own folder. */
export interface Chronyd extends AsyncDisposable {
  readonly folder: string
  /** Where it serves time, if its lines let it. */
  readonly port: number
  readonly process: ChildProcess
  /** What chronyc prints for a command, with numbers only and commas between the fields (-n -c). */
  tell(...command: string[]): string
  /** What it printed so far. */
  output(): string
}

/** Starts one with these lines beside those that keep it to itself. */
export function startChronyd(lines: (folder: string) => readonly string[], port = freePort()): Chronyd {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-chronyd-'))
  const file = join(folder, 'chrony.conf')
  const socket = join(folder, 'chronyd.sock')
  const own = [`port ${port}`, 'cmdport 0', `bindcmdaddress ${socket}`, `pidfile ${join(folder, 'chronyd.pid')}`]
  writeFileSync(file, `${[...own, ...lines(folder)].join('\n')}\n`)
  const child = spawn('chronyd', ['-x', '-d', '-u', 'root', '-f', file], {
    env: searchPath(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => printed.push(text))
  const ended = once(child, 'exit')
  return {
    folder,
    port,
    process: child,
    tell: (...command) => {
      const words = ['-n', '-c', '-h', socket, ...command]
      return spawnSync('chronyc', words, { encoding: 'utf8', env: searchPath(), timeout: 5000 }).stdout
    },
    output: () => printed.join(''),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/**
 * Lets a chronyd ask a server once, without setting the clock (-Q).
 *
 * @returns its exit code, 0 = it got the time, and what it said
 */
export async function askWithChronyd(
  lines: readonly string[],
  timeoutS = 8,
): Promise<{ readonly code: number | null; readonly said: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'lanward-chronyd-'))
  const file = join(folder, 'chrony.conf')
  const own = ['cmdport 0', `bindcmdaddress ${join(folder, 'chronyd.sock')}`, `pidfile ${join(folder, 'pid')}`]
  writeFileSync(file, `${[...own, ...lines].join('\n')}\n`)
  const child = spawn('chronyd', ['-Q', '-u', 'root', '-t', String(timeoutS), '-f', file], { env: searchPath() })
  const printed: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => printed.push(text))
  await once(child, 'close')
  rmSync(folder, { recursive: true, force: true })
  return { code: child.exitCode, said: printed.join('') }
}
