import { constants, type Stats } from 'node:fs'
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { type Answer, refusal } from './answer.ts'
import { readByteRange } from './byte-range.ts'
import { contentType } from './content-type.ts'
import { readFileNames } from './request-target.ts'

/** The headers of a request that decide what of a file is sent. */
export interface FileConditions {
  readonly ifNoneMatch: string | undefined
  readonly ifModifiedSince: string | undefined
  readonly range: string | undefined
  readonly ifRange: string | undefined
}

const NOT_FOUND = refusal(404, 'not found')

/**
 * Answers with a file from one public folder, or with the reason why not.
 *
 * @param root absolute path of the folder
 * @param path path of the request, percent-encoded
 * @attack the file is opened first and then asked where it really is: no link leads out of the root, and nobody can
 *   change the path between check and use; only regular files, no folder listing
 */
export async function findFile(root: string, path: string, conditions: FileConditions): Promise<Answer> {
  const names = readFileNames(path)
  if (names === 'malformed') return refusal(400, 'bad path')
  if (names === 'hidden') return NOT_FOUND
  const asksFolder = names[names.length - 1] === ''
  const wanted = asksFolder ? [...names.slice(0, -1), 'index.html'] : names
  let file: FileHandle
  try {
    file = await open(join(root, ...wanted), constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    return refuseOpen(error)
  }
  let keep = false
  try {
    const [stats, place, home] = await Promise.all([file.stat(), readlink(`/proc/self/fd/${file.fd}`), realpath(root)])
    if (!place.startsWith(home.endsWith('/') ? home : `${home}/`)) return NOT_FOUND
    if (stats.isDirectory()) return redirectToFolder(names)
    if (!stats.isFile()) return NOT_FOUND
    const answer = describeFile(file, stats, wanted[wanted.length - 1] ?? '', conditions)
    keep = typeof answer.body !== 'string'
    return answer
  } catch (error) {
    return refuseOpen(error)
  } finally {
    if (!keep) await file.close()
  }
}

function describeFile(file: FileHandle, stats: Stats, name: string, conditions: FileConditions): Answer {
  const tag = `"${stats.size.toString(36)}-${Math.floor(stats.mtimeMs).toString(36)}"`
  const modified = new Date(Math.floor(stats.mtimeMs / 1000) * 1000)
  const headers = {
    'content-type': contentType(name),
    'last-modified': modified.toUTCString(),
    etag: tag,
    'accept-ranges': 'bytes',
  }
  if (isUnchanged(tag, modified, conditions)) return { status: 304, headers, body: '' }
  const mayCut = conditions.ifRange === undefined || conditions.ifRange === tag
  const range = readByteRange(mayCut ? conditions.range : undefined, stats.size)
  if (range === 'none') return refusal(416, 'no such range', { 'content-range': `bytes */${stats.size}` })
  if (range !== 'whole') {
    const extent = `bytes ${range.first}-${range.last}/${stats.size}`
    return { status: 206, headers: { ...headers, 'content-range': extent }, body: { file, ...range } }
  }
  if (stats.size === 0) return { status: 200, headers, body: '' }
  return { status: 200, headers, body: { file, first: 0, last: stats.size - 1 } }
}

/** @rfc 9110 section 13.2.2: the tag decides when there is one */
function isUnchanged(tag: string, modified: Date, conditions: FileConditions): boolean {
  const { ifNoneMatch, ifModifiedSince } = conditions
  if (ifNoneMatch !== undefined)
    return ifNoneMatch.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === tag)
  return ifModifiedSince !== undefined && Date.parse(ifModifiedSince) >= modified.getTime()
}

function redirectToFolder(names: readonly string[]): Answer {
  const location = `/${names.map(encodeURIComponent).join('/')}/`
  return names[names.length - 1] === '' ? NOT_FOUND : refusal(301, `see ${location}`, { location })
}

function refuseOpen(error: unknown): Answer {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EMFILE' || code === 'ENFILE') return refusal(503, 'too many open files')
  if (code === 'EACCES' || code === 'EPERM') return refusal(403, 'not readable')
  return NOT_FOUND
}
