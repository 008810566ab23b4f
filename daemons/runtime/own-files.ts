import { readdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { confineFiles, landlockVersion } from '../linux/landlock.ts'

/** Programs of ours that daemons start, and what is thrown away, need it. */
const DEV_NULL = '/dev/null'

/** What a daemon needs beside its own folder. */
export interface NeededFiles {
  readonly readable: readonly string[]
  readonly writable: readonly string[]
}

/** The files that are left to a confined process. */
export interface OwnFiles {
  /** Whether we may read below this path, should the rights of our user allow it. */
  mayRead(path: string): boolean
  /** Gives up some of what was needed until now. */
  keepOnly(stillNeeded: NeededFiles): void
}

/**
 * Confines this process to its own files, as far as this kernel can: it writes below its own folder and nowhere else, and
 * does not read what lies beside that folder, the files of the other services, although they belong to the same user.
 *
 * @param folder its own, with its state
 * @param needed paths beside its folder, too
 * @returns null when this kernel offers no such thing
 * @throws SystemError when it does, and refuses
 * @attack a daemon that was taken over, or a path from the network that was not checked well enough
 */
export function confineToOwnFiles(folder: string, needed: NeededFiles): OwnFiles | null {
  if (landlockVersion() === 0) return null
  // Only now can it be seen what there is.
  const elsewhere = pathsElsewhere(resolve(folder))
  let left = needed
  const keepOnly = (stillNeeded: NeededFiles): void => {
    const { readable, writable } = stillNeeded
    confineFiles({ readable: [...elsewhere, ...readable], writable: [folder, DEV_NULL, ...writable] })
    left = stillNeeded
  }
  keepOnly(needed)
  return {
    keepOnly,
    mayRead: (path) => [folder, ...elsewhere, ...left.readable].some((top) => isBelow(path, top)),
  }
}

function isBelow(path: string, top: string): boolean {
  return path === top || path.startsWith(`${top}/`)
}

/**
 * Everything but what lies beside a folder: a right given to a folder holds for all below it, so the way down to it is
 * left out, and what branches off from that way is named one by one.
 *
 * @param list names in a folder; none when it cannot be read
 */
export function pathsElsewhere(folder: string, list = namesIn): readonly string[] {
  const paths: string[] = []
  for (let below = dirname(folder); below !== dirname(below); below = dirname(below)) {
    const above = dirname(below)
    const start = above === '/' ? above : `${above}/`
    for (const name of list(above)) {
      const path = start + name
      if (path !== below) paths.push(path)
    }
  }
  return paths
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
