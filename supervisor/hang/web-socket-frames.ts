/** Frames of the WebSocket protocol as far as one question to a debugger needs them. */

const TEXT_WHOLE = 0x81
const MASKED = 0x80

/**
 * Encodes one text as a client sends it.
 *
 * @rfc 6455 section 5.2: FIN, opcode 1, masked
 * @param text shorter than 64 KiB when encoded
 * @param mask 4 bytes
 */
export function encodeTextFrame(text: string, mask: Uint8Array): Buffer {
  const payload = Buffer.from(text)
  const short = payload.length < 126
  const head = Buffer.alloc(short ? 2 : 4)
  head[0] = TEXT_WHOLE
  head[1] = MASKED | (short ? payload.length : 126)
  if (!short) head.writeUInt16BE(payload.length, 2)
  for (let index = 0; index < payload.length; index++) payload[index] = (payload[index] ?? 0) ^ (mask[index % 4] ?? 0)
  return Buffer.concat([head, mask, payload])
}

/**
 * Takes the whole text frames off the front of what a server sent.
 *
 * @rfc 6455 section 5.2; frames of other kinds are passed over, masks and parts of messages are not understood
 * @returns the texts and the bytes that are left; null when no such server sends this. Never throws
 */
export function decodeFrames(bytes: Buffer): { readonly texts: readonly string[]; readonly rest: Buffer } | null {
  const texts: string[] = []
  let at = 0
  for (;;) {
    const size = frameSize(bytes, at)
    if (size === 'wrong') return null
    if (size === 'short' || bytes.length < at + size.head + size.payload) return { texts, rest: bytes.subarray(at) }
    const start = at + size.head
    if (bytes[at] === TEXT_WHOLE) texts.push(bytes.toString('utf8', start, start + size.payload))
    at = start + size.payload
  }
}

function frameSize(bytes: Buffer, at: number): { head: number; payload: number } | 'short' | 'wrong' {
  const second = bytes[at + 1]
  if (second === undefined) return 'short'
  if (second < 126) return { head: 2, payload: second }
  const head = second === 126 ? 4 : second === 127 ? 10 : 0
  if (head === 0) return 'wrong'
  if (bytes.length < at + head) return 'short'
  if (head === 4) return { head, payload: bytes.readUInt16BE(at + 2) }
  const payload = bytes.readBigUInt64BE(at + 2)
  return payload > MAX_FRAME_BYTES ? 'wrong' : { head, payload: Number(payload) }
}

const MAX_FRAME_BYTES = 8n * 1024n * 1024n
