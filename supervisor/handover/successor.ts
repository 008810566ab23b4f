import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The program that would take our place: a Node with its script and arguments. */
export interface Successor {
  readonly file: string
  readonly words: readonly string[]
}

/** How a program was started, as `process` tells it. */
export interface OwnStart {
  readonly execPath: string
  readonly execArgv: readonly string[]
  readonly argv: readonly string[]
}

/**
 * Names the program on disk: our own script by the path we were started with, so that a link that was turned to another
 * version is followed, run by the Node that is installed with that version, or else by our own.
 */
export function findSuccessor({ execPath, execArgv, argv }: OwnStart): Successor {
  const [, script = '', ...rest] = argv
  const pinned = join(dirname(realPath(script)), '../node_modules/node/bin/node')
  return { file: existsSync(pinned) ? pinned : execPath, words: [...execArgv, script, ...rest] }
}

/** Where a path leads now; where it leads nowhere, the rehearsal will tell. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
