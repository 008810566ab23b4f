import { resolve } from 'node:path'

/** The command that runs one of our daemons. */
export type ProgramOf = (daemon: string) => readonly string[]

/**
 * The command of one of our daemons: the bundle beside the one we run from, or its source when we run from source
 * (which Node reads as it is). Never through a launcher: the pid must be that of the daemon.
 */
export const programOf: ProgramOf = (daemon) => {
  const main = import.meta.filename.endsWith('.cjs') ? 'main.cjs' : 'main.ts'
  return [process.execPath, resolve(import.meta.dirname, '../../daemons', daemon, main)]
}
