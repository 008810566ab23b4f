import { dirname, resolve } from 'node:path'
import type { ConfigProblem } from './config-problem.ts'
import { readTextFile } from './read-text-file.ts'
import { parseTomlTree, type TomlTable } from './toml-tree.ts'

/** What a command needs to reach what runs. */
export interface Folders {
  readonly runDir: string
  readonly stateDir: string
  /** Names of the services that have a section. */
  readonly services: readonly string[]
}

export type ReadFolders =
  | { readonly kind: 'ok'; readonly folders: Folders }
  /** `isAbsent`: there is no such file. */
  | { readonly kind: 'wrong'; readonly isAbsent: boolean; readonly problem: ConfigProblem }

/**
 * Reads only `run_dir`, `state_dir` and the names of services: the running supervisor can be asked although somebody is in the middle of a
 * change to the rest of the file, and no schema has to be loaded.
 */
export function readFolders(path: string): ReadFolders {
  const file = readTextFile(path)
  if (file.kind === 'wrong') {
    const { cause, line, message } = file
    return { kind: 'wrong', isAbsent: cause === 'absent', problem: { file: path, line, key: '', message } }
  }
  const whole = parseTomlTree(file.text)
  // The folders stand before the first table; what is wrong behind it does not keep anybody from what runs.
  const document = whole.kind === 'wrong' ? parseTomlTree(headOf(file.text)) : whole
  if (document.kind === 'wrong') {
    const problem = { file: path, ...document.position, key: '', message: document.message }
    return { kind: 'wrong', isAbsent: false, problem }
  }
  const folder = dirname(resolve(path))
  const folders: { [key: string]: string } = { run_dir: '/run/lanward', state_dir: '/var/lib/lanward' }
  for (const key of Object.keys(folders)) {
    const value = document.root[key]
    if (value === undefined) continue
    if (typeof value !== 'string' || value === '')
      return {
        kind: 'wrong',
        isAbsent: false,
        problem: { file: path, ...document.positionOf([key]), key, message: 'must be the path of a folder' },
      }
    folders[key] = resolve(folder, value)
  }
  const services = whole.kind === 'wrong' ? servicesNamedIn(file.text) : servicesIn(document.root)
  return { kind: 'ok', folders: { runDir: folders['run_dir'] ?? '', stateDir: folders['state_dir'] ?? '', services } }
}

function headOf(text: string): string {
  return text.slice(0, /^[ \t]*\[/m.exec(text)?.index)
}

/** As far as can be seen in a text that is no TOML. */
function servicesNamedIn(text: string): readonly string[] {
  const foreign = [...text.matchAll(/^[ \t]*name[ \t]*=[ \t]*"([^"\n]*)"/gm)].map(([, name = '']) => name)
  return [...OWN.filter((name) => new RegExp(`^[ \\t]*\\[${name}\\]`, 'm').test(text)), ...foreign]
}

function servicesIn(root: TomlTable): readonly string[] {
  const foreign = Array.isArray(root['service']) ? root['service'] : []
  const names = foreign.map((one: unknown) =>
    typeof one === 'object' && one !== null ? Reflect.get(one, 'name') : null,
  )
  return [...OWN.filter((name) => root[name] !== undefined), ...names.filter((name) => typeof name === 'string')]
}

const OWN = ['syslog', 'ntp', 'dhcp', 'http', 'lpd']
