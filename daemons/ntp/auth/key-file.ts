import { type KeyType, keyLength, SymmetricKey } from './symmetric-key.ts'

/** What a key file says, and which of its lines are of no use, each in words. */
export interface KeyFile {
  readonly keys: readonly SymmetricKey[]
  readonly wrong: readonly string[]
}

/** Names of the types in chrony's and in ntpd's files, in upper case and without hyphens. */
const TYPES: Readonly<Record<string, KeyType>> = {
  M: 'MD5',
  MD5: 'MD5',
  SHA: 'SHA1',
  SHA1: 'SHA1',
  SHA256: 'SHA256',
  SHA384: 'SHA384',
  SHA512: 'SHA512',
  AES: 'AES128',
  AES128: 'AES128',
  AES128CMAC: 'AES128',
  AES256: 'AES256',
  AES256CMAC: 'AES256',
}

const ID_MAX = 2 ** 32 - 1

/**
 * Reads a file of keys as chrony and ntpd have it: `id type key` on each line, the type MD5 when there is none; the key
 * as it is, or behind `ASCII:`, or in hex behind `HEX:`. Empty lines and those that begin with `#`, `!`, `%` or `;` say
 * nothing; nor does what follows a `#` on its own.
 *
 * @rfc 5905 section 7.3 knows a key only by its number: the file is a custom of the programs
 */
export function parseKeyFile(text: string): KeyFile {
  const keys: SymmetricKey[] = []
  const wrong: string[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const words = line.replace(/\s#.*/, '').trim().split(/\s+/)
    if (words[0] === '' || /^[#!%;]/.test(words[0] ?? '')) continue
    const key = readKey(words)
    if (typeof key === 'string') wrong.push(`line ${index + 1}: ${key}`)
    else if (keys.some(({ id }) => id === key.id)) wrong.push(`line ${index + 1}: there is a key ${key.id} already`)
    else keys.push(key)
  }
  return { keys, wrong }
}

/** @returns what is wrong, in words that do not tell the key */
function readKey(words: readonly string[]): SymmetricKey | string {
  const [idText = '', ...rest] = words
  const id = Number(idText)
  if (!/^[0-9]+$/.test(idText) || id < 1 || id > ID_MAX) return 'does not begin with a number from 1 to 4294967295'
  const [typeText, keyText] = rest.length === 1 ? ['MD5', rest[0]] : rest
  if (typeText === undefined || keyText === undefined || rest.length > 2) return 'is not "id type key"'
  const type = TYPES[typeText.toUpperCase().replaceAll('-', '')]
  if (type === undefined) return 'its type is none of MD5, SHA1, SHA256, SHA384, SHA512, AES128, AES256'
  const secret = readSecret(keyText)
  if (secret === null) return 'HEX: must be followed by pairs of hex digits'
  const length = keyLength(type)
  if (secret.length === 0) return 'has no key'
  if (length !== null && secret.length !== length)
    return `a key of type ${type} has ${length} octets, not ${secret.length}`
  return new SymmetricKey(id, type, secret)
}

function readSecret(text: string): Uint8Array | null {
  if (!text.startsWith('HEX:')) return Buffer.from(text.replace(/^ASCII:/, ''), 'latin1')
  const digits = text.slice('HEX:'.length)
  return /^([0-9a-f]{2})*$/i.test(digits) ? Buffer.from(digits, 'hex') : null
}
