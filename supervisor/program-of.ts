import { resolve } from 'node:path'
import type { ProgramOf } from './spec-of.ts'

/** Should it hang, its debugger is asked where: on a free port of loopback, under a secret that only we are told. */
const DEBUGGER = ['--inspect-port=127.0.0.1:0', '--inspect-publish-uid=stderr']

/**
 * The command of one of our daemons: the bundle beside the one we run from, or its source when we run from source
 * (which Node reads as it is). Never through a launcher: the pid must be that of the daemon.
 */
export const programOf: ProgramOf = (daemon) => [
  process.execPath,
  ...DEBUGGER,
  import.meta.filename.endsWith('.cjs')
    ? resolve(import.meta.dirname, '../../daemons', daemon, 'main.cjs')
    : resolve(import.meta.dirname, '../daemons', daemon, 'main.ts'),
]
