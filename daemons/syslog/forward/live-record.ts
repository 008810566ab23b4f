import type { SyslogMessage } from '../parse/message.ts'
import { mergedById } from '../store/stored-line.ts'
import type { StoredRecord, StoredSd } from './stored-record.ts'

/** What the store adds to a message. */
export interface LiveArrival {
  readonly seq: number
  /** @unit seconds since 1970, and nanoseconds of the second */
  readonly seconds: number
  readonly nanoseconds: number
  /** `src` of the message. */
  readonly peer: string
}

/** What `readStoredRecord` would read from the line of this message, without the line. */
export function liveRecord(message: SyslogMessage, { seq, seconds, nanoseconds, peer }: LiveArrival): StoredRecord {
  return {
    seq,
    rt: receiptTime(seconds, nanoseconds),
    src: peer,
    facility: message.facility,
    severity: message.severity,
    host: message.host,
    app: message.app,
    procid: message.procId,
    msgid: message.msgId,
    ts: message.time,
    sd: message.structuredData === null ? null : storedSd(message.structuredData),
    msg: message.msg,
    format: message.format,
    flags: message.flags,
    line: '',
  }
}

/** Messages that came together have one time; of a second, its beginning is the same. */
const last = { seconds: -1, head: '', nanoseconds: -1, text: '' }

function receiptTime(seconds: number, nanoseconds: number): string {
  if (seconds === last.seconds && nanoseconds === last.nanoseconds) return last.text
  if (seconds !== last.seconds) {
    last.seconds = seconds
    last.head = new Date(seconds * 1000).toISOString().slice(0, 20)
  }
  last.nanoseconds = nanoseconds
  last.text = `${last.head}${String(Math.floor(nanoseconds / 1000)).padStart(6, '0')}Z`
  return last.text
}

/** Names of elements and parameters may be anything, also `__proto__`: only own properties are made. */
function storedSd(elements: NonNullable<SyslogMessage['structuredData']>): StoredSd {
  return Object.fromEntries(
    mergedById(elements).map(([sdId, params]) => [
      sdId,
      Object.fromEntries([...params].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values])),
    ]),
  )
}
