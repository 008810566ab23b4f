const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Writes bytes as lower-case hex digits, with `separator` between the bytes. */
export function formatHex(bytes: Uint8Array, separator = ''): string {
  let text = ''
  for (let index = 0; index < bytes.length; index++) {
    if (index > 0) text += separator
    text += DIGITS[bytes[index] ?? 0]
  }
  return text
}

/** Reads pairs of hex digits, with or without colons between them; null when the text is anything else. */
export function parseHex(text: string): Uint8Array | null {
  const digits = text.replaceAll(':', '')
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) return null
  const bytes = new Uint8Array(digits.length / 2)
  for (let index = 0; index < bytes.length; index++)
    bytes[index] = Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16)
  return bytes
}
