import { closeSync, fsyncSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { SIV_KEY_BYTES } from './aes-siv.ts'
import type { CookieKeySet } from './cookie-keys.ts'

/**
 * Reads the keys that an earlier life kept.
 *
 * @returns null when there are none, or none that are of use
 */
export function readCookieKeys(path: string): CookieKeySet | null {
  try {
    const { made, keys }: { made?: unknown; keys?: unknown } = JSON.parse(readFileSync(path, 'utf8'))
    const madeMs = typeof made === 'string' ? Date.parse(made) : Number.NaN
    if (!Number.isFinite(madeMs) || !Array.isArray(keys)) return null
    const read = keys.flatMap(readKey)
    return read.length === 0 ? null : { keys: read, madeMs }
  } catch {
    return null
  }
}

function readKey(entry: unknown): CookieKeySet['keys'] {
  if (typeof entry !== 'object' || entry === null || !('id' in entry) || !('secret' in entry)) return []
  const { id, secret } = entry
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= 2 ** 32) return []
  if (typeof secret !== 'string') return []
  const bytes = Buffer.from(secret, 'hex')
  return bytes.length === SIV_KEY_BYTES ? [{ id, secret: bytes }] : []
}

/**
 * Keeps keys for the next life, whole or not at all, for nobody else to read.
 *
 * @param replace false = only where there are none yet: of two processes that begin at once one makes the keys of both
 * @returns whether these are the keys that are kept now
 * @throws Error when the disk refuses
 */
export function writeCookieKeys(path: string, { keys, madeMs }: CookieKeySet, replace: boolean): boolean {
  const fresh = `${path}.${process.pid}`
  const text = JSON.stringify({
    made: new Date(madeMs).toISOString(),
    keys: keys.map(({ id, secret }) => ({ id, secret: Buffer.from(secret).toString('hex') })),
  })
  rmSync(fresh, { force: true })
  const fd = openSync(fresh, 'wx', 0o600)
  try {
    writeFileSync(fd, `${text}\n`)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  if (replace) {
    renameSync(fresh, path)
    return true
  }
  try {
    linkSync(fresh, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(fresh, { force: true })
  }
}
