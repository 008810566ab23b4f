import { constants } from 'node:os'
import { check, declare } from './libc.ts'

const execve = declare<
  (file: string, words: readonly (string | null)[], environment: readonly (string | null)[]) => number
>('int execve(const char *file, const char **words, const char **environment)')
const fcntl = declare<(fd: number, command: number, value: number) => number>(
  'int fcntl(int fd, int command, int value)',
)
const sigaction = declare<(signal: number, action: Uint8Array, before: Uint8Array) => number>(
  'int sigaction(int signal, void *action, void *before)',
)

const F_SETFD = 2
const FD_CLOEXEC = 1
/** More than a struct sigaction of any libc. */
const ACTION_BYTES = 256

/**
 * Replaces the program of this process (execve(2)): pid, children, parent, working folder, the standard streams and the
 * descriptors that were kept on exec stay, everything else of the process is gone in an instant. Main thread only, which keeps what is tied to
 * it: the parent-death signals of our children.
 *
 * Not by `process.execve`: where the kernel refuses, that aborts the process, and its children with it.
 *
 * @param words the new argv, its first word included
 * @returns never when it succeeds
 * @throws SystemError when the kernel refuses; the process goes on then
 */
export function replaceProcess(
  file: string,
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): never {
  const variables = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  )
  // Node has these close on exec from its start.
  for (const stream of [0, 1, 2]) keepOnExec(stream, true)
  check(execve(file, [...words, null], [...variables, null]), 'execve', file)
  throw new Error('execve returned')
}

/** Has a descriptor outlive an exec, or not. */
export function keepOnExec(fd: number, keep: boolean): void {
  check(fcntl(fd, F_SETFD, keep ? 0 : FD_CLOEXEC), 'fcntl')
}

/**
 * Lets signals do what they do to a program that does not know them, from now on: whoever caught them hears of none that
 * comes later, but has heard of all that came before when the loop has turned once.
 *
 * @returns puts things back as they were
 */
export function releaseSignals(names: readonly NodeJS.Signals[]): () => void {
  const before = names.map((name) => {
    const old = Buffer.alloc(ACTION_BYTES)
    check(sigaction(constants.signals[name], Buffer.alloc(ACTION_BYTES), old), 'sigaction', name)
    return { name, old }
  })
  return () => {
    for (const { name, old } of before)
      check(sigaction(constants.signals[name], old, Buffer.alloc(ACTION_BYTES)), 'sigaction', name)
  }
}
