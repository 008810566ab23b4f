import { isUtf8 } from 'node:buffer'

/** A message's bytes as text. */
export interface MessageText {
  readonly text: string
  /** Only printable ASCII without `"` and `\`. */
  readonly plain: boolean
  /** The bytes are UTF-8; where they are not, U+FFFD stands in the text. */
  readonly valid: boolean
}

/** Reads `bytes[start, end)` as UTF-8; never throws, the bytes are borrowed. */
export function readMessageText(bytes: Buffer, start: number, end: number): MessageText {
  let seen = 0
  for (let at = start; at < end; at++) seen |= CLASSES[bytes[at] ?? 0] ?? 0
  if (seen < NOT_ASCII) return { text: bytes.toString('latin1', start, end), plain: seen === 0, valid: true }
  const text = bytes.toString('utf8', start, end)
  return { text, plain: false, valid: !text.includes('\ufffd') || isUtf8(bytes.subarray(start, end)) }
}

const SPECIAL = 1
const NOT_ASCII = 2

const CLASSES = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte > 127) return NOT_ASCII
  return byte < 32 || byte === 34 || byte === 92 || byte === 127 ? SPECIAL : 0
})
