import { accessSync, constants, existsSync, readdirSync, realpathSync, type Stats, statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ClockFacts, FolderFact, FolderFacts } from './facts.ts'
import { readText } from './read-text.ts'

/** What the newest file and the size of the store are looked for in; compiled code is no state. */
const DEEPEST = 3
const MOST_FILES = 20_000
const NOT_STATE: ReadonlySet<string> = new Set(['.compile-cache'])

interface SeenFile {
  readonly path: string
  readonly stats: Stats
  readonly depth: number
}

/** Looks at the folders that we write to, and into what is there already. */
export function seeFolders(
  stateDir: string,
  runDir: string,
  proc = '/proc',
): { readonly folders: FolderFacts; readonly newest: ClockFacts['newest'] } {
  const files = listFiles(stateDir)
  const log = join(stateDir, 'syslog')
  let newest: ClockFacts['newest'] = null
  let storedBytes = 0
  for (const { path, stats } of files) {
    if (!stats.isFile()) continue
    if (newest === null || stats.mtimeMs > newest.atMs) newest = { path, atMs: stats.mtimeMs }
    if (path.startsWith(`${log}/`)) storedBytes += stats.size
  }
  const unwritable = files.filter(({ path, depth }) => depth <= 2 && !isWritable(path)).map(({ path }) => path)
  const mounts = readText(`${proc}/self/mounts`)
  return {
    folders: { state: seeFolder(stateDir, mounts), run: seeFolder(runDir, mounts), unwritable, storedBytes },
    newest,
  }
}

function seeFolder(path: string, mounts: string): FolderFact {
  let there = path
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there)
  const { bavail, blocks, bsize, ffree, files } = statfsSync(there)
  return {
    path,
    exists: there === path,
    writable: isWritable(there),
    obstacle: isFolder(there) ? null : there,
    fileSystem: fileSystemOf(realpathSync(there), mounts),
    freeBytes: bavail * bsize,
    totalBytes: blocks * bsize,
    freeInodes: ffree,
    totalInodes: files,
  }
}

/** The file system that a path lies on: of all mounts above it the deepest, and of equals the last. */
export function fileSystemOf(path: string, mounts: string): string {
  let best = { point: '', kind: 'unknown' }
  for (const line of mounts.split('\n')) {
    const [, mounted = '', kind = ''] = line.split(' ')
    const point = mounted.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    const holds = point === '/' || path === point || path.startsWith(`${point}/`)
    if (point !== '' && holds && point.length >= best.point.length) best = { point, kind }
  }
  return best.kind
}

/** Files and folders below a folder, as far down as ours go. */
function listFiles(folder: string, depth = 1, found: SeenFile[] = []): readonly SeenFile[] {
  for (const name of depth > DEEPEST ? [] : tryList(folder)) {
    if (found.length >= MOST_FILES) break
    const path = join(folder, name)
    const stats = tryStat(path)
    if (stats === null || NOT_STATE.has(name)) continue
    found.push({ path, stats, depth })
    if (stats.isDirectory()) listFiles(path, depth + 1, found)
  }
  return found
}

function isFolder(path: string): boolean {
  return tryStat(path)?.isDirectory() === true
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function tryList(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function tryStat(path: string): Stats | null {
  try {
    return statSync(path)
  } catch {
    return null
  }
}
