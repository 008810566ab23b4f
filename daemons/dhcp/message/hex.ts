/**
 * Writes bytes as lower-case hex digits, with `separator` between the bytes.
 *
 * @attack not built by `+=`, which V8 keeps as a tree of its parts: a flood of long identifiers took 30 times its size
 */
export function formatHex(bytes: Uint8Array, separator: '' | ':' = ''): string {
  if (bytes.length <= SHORT_BYTES) return formatShort(bytes, separator)
  const digits = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
  return separator === '' ? digits : (digits.match(/../g) ?? []).join(separator)
}

/** Hardware addresses, several times for each message: a table and one string cost a fifth of the general way. */
function formatShort(bytes: Uint8Array, separator: '' | ':'): string {
  let end = 0
  for (const byte of bytes) {
    if (separator !== '' && end > 0) scratch[end++] = COLON
    scratch[end++] = DIGITS[byte >> 4] ?? 0
    scratch[end++] = DIGITS[byte & 15] ?? 0
  }
  return scratch.toString('latin1', 0, end)
}

const SHORT_BYTES = 16
const COLON = 0x3a
const DIGITS = Buffer.from('0123456789abcdef')
const scratch = Buffer.alloc(3 * SHORT_BYTES)

/** Reads pairs of hex digits, with or without colons between them; null when the text is anything else. */
export function parseHex(text: string): Uint8Array | null {
  const digits = text.replaceAll(':', '')
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) return null
  const bytes = new Uint8Array(digits.length / 2)
  for (let index = 0; index < bytes.length; index++)
    bytes[index] = Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16)
  return bytes
}
