import { readFileSync } from 'node:fs'
import { keepFile } from '../../runtime/keep-file.ts'
import { formatHex, parseHex } from '../message/hex.ts'
import { isDuid, uuidDuid } from './duid.ts'

/**
 * Reads the DUID by which clients know this server, or makes one and keeps it: clients renew with whoever has the DUID that
 * their lease came from.
 *
 * @rfc 8415 section 11: it must not change
 * @param path its file: the DUID in hex
 * @param random 16 octets, for a new one
 * @throws Error when it cannot be kept
 */
export function keepServerDuid(path: string, random: Uint8Array): Uint8Array {
  const kept = readDuid(path)
  if (kept !== null) return kept
  const duid = uuidDuid(random)
  keepFile(path, `${formatHex(duid)}\n`)
  return duid
}

function readDuid(path: string): Uint8Array | null {
  try {
    const bytes = parseHex(readFileSync(path, 'latin1').trim())
    return bytes !== null && isDuid(bytes) ? bytes : null
  } catch {
    return null
  }
}
