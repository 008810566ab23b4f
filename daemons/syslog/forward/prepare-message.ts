import type { ForwardSection } from '../section.ts'
import { formatPassage } from './passage.ts'
import { formatRfc3164, localBsdTime } from './rfc3164-text.ts'
import { formatRfc5424 } from './rfc5424-text.ts'
import type { StoredRecord } from './stored-record.ts'

/** Who sends. */
export interface Sender {
  /** From `readBoxId`. */
  readonly box: string
  /** This machine's name. */
  readonly host: string
}

/**
 * Makes of a stored message what one target gets, no longer than it takes: what is cut says so where the format can.
 * Structured data that leave no room are left out whole, since half an element is none.
 */
export function prepareMessage(
  record: StoredRecord,
  { format, origin, maxMessageBytes }: Pick<ForwardSection, 'format' | 'origin' | 'maxMessageBytes'>,
  { box, host }: Sender,
): string {
  if (format === 'json' || format === 'loki') return cutLine(record, maxMessageBytes)
  if (format === 'rfc3164') return cutText(formatRfc3164(record, host, localBsdTime), maxMessageBytes)
  const text = formatRfc5424(record, origin ? formatPassage(record, box, null) : null, host)
  if (text.length * 3 <= maxMessageBytes) return text
  const bytes = Buffer.byteLength(text)
  if (bytes <= maxMessageBytes) return text
  const write = (part: StoredRecord): string =>
    formatRfc5424(part, origin ? formatPassage(part, box, bytes) : null, host)
  const fits = Buffer.byteLength(write({ ...record, msg: '' })) <= maxMessageBytes
  return cutText(write(fits ? record : { ...record, sd: null }), maxMessageBytes)
}

/** The first bytes of a text, without half a character at the end. */
function cutText(text: string, mostBytes: number): string {
  if (Buffer.byteLength(text) <= mostBytes) return text
  const bytes = Buffer.from(text).subarray(0, mostBytes + 1)
  let end = mostBytes
  // 10xxxxxx goes on with what was begun before it.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.toString('utf8', 0, end)
}

/** A stored line stays JSON: its text is cut, and what it holds twice goes first. */
function cutLine({ line }: StoredRecord, mostBytes: number): string {
  if (Buffer.byteLength(line) <= mostBytes) return line
  const { raw: _raw, raw_b64: _base64, ...rest }: Record<string, unknown> = JSON.parse(line)
  const flags = [...(Array.isArray(rest['flags']) ? rest['flags'] : []), 'truncated']
  const msg = String(rest['msg'])
  const bytesOfShell = (): number => Buffer.byteLength(JSON.stringify({ ...rest, msg: '', flags }))
  if (bytesOfShell() > mostBytes) rest['sd'] = null
  // A character of the text takes up to six bytes when it is escaped.
  let room = mostBytes - bytesOfShell()
  for (;;) {
    const cut = JSON.stringify({ ...rest, msg: cutText(msg, Math.max(0, room)), flags })
    if (room <= 0 || Buffer.byteLength(cut) <= mostBytes) return cut
    room = Math.floor(room / 2)
  }
}
