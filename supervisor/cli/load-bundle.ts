import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CommandFailure, EXIT } from './exit-code.ts'

/**
 * Loads what a daemon offers to the command line: a file of its own in `daemons/NAME/cli`, since nothing here imports a
 * daemon.
 *
 * @returns the module, of the form that the caller declares
 * @throws CommandFailure when it is not built
 */
export async function loadBundle<Module>(daemon: string, name: string): Promise<Module> {
  const extension = import.meta.filename.endsWith('.ts') ? 'ts' : 'cjs'
  const file = join(import.meta.dirname, '..', '..', 'daemons', daemon, 'cli', `${name}.${extension}`)
  if (!existsSync(file)) throw new CommandFailure(EXIT.bug, `${file} is missing; run \`npm run build\``)
  const module: Module = await import(pathToFileURL(file).href)
  return module
}
