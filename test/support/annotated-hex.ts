import { readFileSync } from 'node:fs'

/**
 * Reads an annotated capture of `test/packets`: hex digits and spaces, `#` begins a comment that goes to the line end.
 *
 * @param path below test/packets, e.g. `ntp/v4-client.hex`
 * @throws Error when anything but hex digits is left
 */
export function readAnnotatedHex(path: string): Uint8Array {
  const text = readFileSync(new URL(`../packets/${path}`, import.meta.url), 'utf8')
  const digits = text.replace(/#.*$/gm, '').replace(/\s+/g, '')
  if (!/^([0-9a-f]{2})*$/.test(digits)) throw new Error(`${path} holds more than hex digits`)
  return Uint8Array.from(Buffer.from(digits, 'hex'))
}
