import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runIn } from './network.ts'

/** Writes a program of one shell command into a folder; gives its path. */
export function shellProgram(folder: string, name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
  return path
}

/** What udhcpc got, by the names of its variables (`ip`, `router`, `serverid`, …); throws when it got nothing. */
export function udhcpcGets(
  namespace: string,
  device: string,
  folder: string,
  options: readonly string[] = [],
): Readonly<Record<string, string>> {
  const script = shellProgram(folder, 'tell', '[ "$1" = bound ] || exit 0\nenv')
  const said = runIn(namespace, [
    'udhcpc',
    '-i',
    device,
    '-n',
    '-q',
    '-f',
    '-t',
    '5',
    '-T',
    '1',
    '-s',
    script,
    ...options,
  ])
  return variablesOf(said)
}

/** Reads `name=value` lines. */
export function variablesOf(text: string): Readonly<Record<string, string>> {
  const lines = text.split('\n').map((line) => line.split('='))
  return Object.fromEntries(lines.flatMap(([name, ...value]) => (name === undefined ? [] : [[name, value.join('=')]])))
}
