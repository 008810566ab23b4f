import { appendFileSync, closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { parseMessage } from '../../daemons/syslog/parse/parse-message.ts'
import { TimeInference } from '../../daemons/syslog/parse/time-inference.ts'
import { ReceiptTimes } from '../../daemons/syslog/receipt-times.ts'
import { JsonBytes } from '../../daemons/syslog/store/json-bytes.ts'
import { formatSegmentName } from '../../daemons/syslog/store/segment-name.ts'
import { formatSource, writeStoredLine } from '../../daemons/syslog/store/stored-line.ts'
import { siteMessages } from './site-messages.ts'

/** What `fillStore` made. */
export interface FilledStore {
  readonly messages: number
  /** Of the messages as on the wire, with one LF each. */
  readonly rawBytes: number
  readonly storedBytes: number
}

/**
 * Fills a folder with segments as the daemon writes them, through its own parser.
 *
 * @param folder gets the segments
 * @param textFile gets the same messages as plain text, one on a line
 */
export function fillStore(
  folder: string,
  textFile: string,
  messages: number,
  startMs: number,
  perSecond: number,
): FilledStore {
  mkdirSync(folder, { recursive: true })
  const inference = new TimeInference(() => 0)
  const times = new ReceiptTimes()
  const via = 'udp://0.0.0.0:514'
  let [rawBytes, storedBytes, segmentBytes, seq] = [0, 0, 0, 0]
  const stored = new JsonBytes(2 * FLUSH_BYTES)
  let raw = ''
  let segment = -1
  const flush = (): void => {
    appendFileSync(textFile, raw)
    writeSync(segment, stored.bytes)
    rawBytes += Buffer.byteLength(raw)
    storedBytes += stored.length
    segmentBytes += stored.length
    raw = ''
    stored.clear()
  }
  for (const { atMs, source, wire } of siteMessages(startMs, perSecond)) {
    if (segment < 0 || segmentBytes >= SEGMENT_BYTES) {
      if (segment >= 0) closeSync(segment)
      segment = openSync(join(folder, formatSegmentName(seq + 1, atMs)), 'a')
      segmentBytes = 0
    }
    seq += 1
    const second = Math.floor(atMs / 1000)
    const message = parseMessage(wire, { receiveMs: atMs, inference, local: false, dialect: null })
    const nanoseconds = Math.floor((atMs - second * 1000) * 1e6)
    const original = message.exact ? null : { text: wire }
    const arrival = { seconds: second, nanoseconds, seq, source: formatSource(source, via), original, plain: false }
    writeStoredLine(stored, message, arrival, times)
    raw += `${wire}\n`
    if (stored.length > FLUSH_BYTES || seq === messages) flush()
    if (seq === messages) break
  }
  closeSync(segment)
  return { messages, rawBytes, storedBytes }
}

const SEGMENT_BYTES = 64 << 20
const FLUSH_BYTES = 1 << 20
