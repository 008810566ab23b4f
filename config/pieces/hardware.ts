import { Complaint, written } from './piece.ts'

/** The first octets of Ethernet addresses; lower case without colons comes out. */
export function macPrefix(about: string) {
  const what = 'an Ethernet address or its first bytes such as "52:54:00"'
  return written(about, what, { pattern: '^[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){0,5}$' }, (text) => {
    const prefix = parseMacPrefix(text)
    return prefix ?? new Complaint(`must be ${what}, not ${JSON.stringify(text.slice(0, 60))}`)
  })
}

/**
 * Reads `52:54:00`, also with `:*` behind it.
 *
 * @returns lower-case hex without colons, or null
 */
export function parseMacPrefix(text: string): string | null {
  const octets = text.replace(/[:-]\*$/, '')
  return /^[0-9a-f]{2}([:-][0-9a-f]{2}){0,5}$/i.test(octets) ? octets.toLowerCase().replaceAll(/[:-]/g, '') : null
}

/** Bytes in hex, or text behind `text:`; `*` at the end stands for anything. Lower-case hex comes out. */
export function bytesPattern(about: string) {
  const what = 'bytes in hex such as "0a01", or text such as "text:eth0/1", either with "*" at its end for anything'
  return written(about, what, { minLength: 1 }, (written) => {
    const open = written.endsWith('*')
    const body = open ? written.slice(0, -1) : written
    const hex = body.startsWith('text:')
      ? Buffer.from(body.slice('text:'.length), 'utf8').toString('hex')
      : body.replaceAll(':', '').toLowerCase()
    return hex !== '' && /^([0-9a-f]{2})+$/.test(hex) && hex.length <= 510
      ? `${hex}${open ? '*' : ''}`
      : new Complaint(`must be ${what}, not ${JSON.stringify(written.slice(0, 60))}`)
  })
}
