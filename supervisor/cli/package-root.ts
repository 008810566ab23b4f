import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Folder of the package: the same for the sources and for the bundle in `dist`. */
export function packageRoot(): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'config', 'demo.toml')) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}

/** Version of the package. */
export function packageVersion(): string {
  const content: unknown = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'))
  const known = typeof content === 'object' && content !== null && 'version' in content
  return known ? String(content.version) : 'unknown'
}
