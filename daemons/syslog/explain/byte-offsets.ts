/**
 * Where each character (UTF-16 unit) of decoded text begins among the bytes that it came from, and behind them the number of
 * bytes. Where the bytes are no UTF-8, U+FFFD stands for the longest part that could have begun a character.
 *
 * @rfc 3629 section 4 for what is well formed
 * @returns one more than the text has characters
 */
export function byteOffsets(bytes: Uint8Array): readonly number[] {
  const offsets: number[] = []
  for (let at = 0; at < bytes.length; ) {
    offsets.push(at)
    const length = characterLength(bytes, at)
    // A character beyond the basic plane takes two units.
    if (length === 4) offsets.push(at)
    at += Math.abs(length)
  }
  return [...offsets, bytes.length]
}

/** Bytes of the character at `at`; of what is none, how many one U+FFFD stands for, as a negative number. */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0
  if (first < 0x80) return 1
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
  for (let index = 1; index < length; index++) {
    const next = bytes[at + index] ?? 0
    // Overlong forms, surrogates and what lies beyond U+10FFFF show in the second byte.
    const least = index > 1 ? 0x80 : first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
    const most = index > 1 ? 0xbf : first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
    if (next < least || next > most) return -index
  }
  return length === 0 ? -1 : length
}
