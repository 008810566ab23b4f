import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, resolve } from 'node:path'

/**
 * Finds a program as a shell would, but says beforehand when there is none.
 *
 * @param path folders to look in, parted by colons; not for a name with a slash
 * @param cwd what relative folders are relative to
 * @throws Error when there is no such program, or it may not be run
 */
export function findProgram(program: string, path: string, cwd: string): string {
  const folders = program.includes('/') ? [cwd] : path.split(delimiter).map((folder) => resolve(cwd, folder))
  const found = folders.map((folder) => resolve(folder, program)).find(isProgram)
  if (found === undefined) throw new Error(`cannot start ${program}: no such program, or not executable`)
  return found
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
