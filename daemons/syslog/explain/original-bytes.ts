import { readStoredRecord, type StoredRecord, type StoredSd } from '../forward/stored-record.ts'

/** A stored message, and the bytes that it came as. */
export interface StoredOriginal extends StoredRecord {
  readonly original: Buffer
}

/**
 * The bytes of a stored message: those kept beside its fields, or, where the fields hold all of it, written again from them.
 *
 * @rfc 5424 section 6; 3164 section 4.1
 * @param here this machine's name, which local programs do not write
 * @returns null when the line is none of the store
 */
export function originalOf(line: string, here: string): StoredOriginal | null {
  const record = readStoredRecord(line)
  if (record === null) return null
  const { raw, raw_b64 }: { raw?: unknown; raw_b64?: unknown } = JSON.parse(line)
  if (typeof raw_b64 === 'string') return { ...record, original: Buffer.from(raw_b64, 'base64') }
  return {
    ...record,
    original: Buffer.from(typeof raw === 'string' ? raw : writeAgain(record, elementsOf(line), here)),
  }
}

function writeAgain(record: StoredRecord, sd: string, here: string): string {
  const { format, flags, facility, severity } = record
  const isBare = flags.includes('no-pri') || flags.includes('bad-pri')
  const pri = isBare ? '' : `<${facility * 8 + severity}>`
  const end = flags.includes('trailing-lf') ? '\n' : flags.includes('trailing-nul') ? '\0' : ''
  if (format === 'rfc5424') return pri + modern(record, sd) + end
  return pri + (format === 'rfc3164' ? bsd(record, here) : record.msg) + end
}

function modern({ ts, host, app, procid, msgid, msg, flags }: StoredRecord, sd: string): string {
  const header = [ts, host, app, procid, msgid].map((field) => field ?? '-').join(' ')
  const text = flags.includes('bom') ? `\ufeff${msg}` : msg
  return `1 ${header} ${sd}${text === '' ? '' : ` ${text}`}`
}

/** Structured data in the order of the line: JavaScript would move names that are numbers to the front, so that each name gets a letter. */
function elementsOf(line: string): string {
  const lettered = line.replace(/"((?:[^"\\]|\\.)*)"(:?)/g, (all, text, colon) => (colon === '' ? all : `"k${text}":`))
  const { ksd }: { ksd: StoredSd | null } = JSON.parse(lettered)
  if (ksd === null) return '-'
  return Object.entries(ksd)
    .map(([id, params]) => {
      const written = Object.entries(params).flatMap(([name, values]) =>
        [values].flat().map((value) => ` ${name.slice(1)}="${value.replace(/["\\\]]/g, '\\$&')}"`),
      )
      return `[${id.slice(1)}${written.join('')}]`
    })
    .join('')
}

function bsd({ ts, host, app, procid, msg, src, flags }: StoredRecord, here: string): string {
  const time = ts === null ? '' : bsdTime(ts, flags)
  const name = host === null || (src === 'unix' && host === here) ? '' : host
  const colon = flags.includes('tag-guessed') ? '' : ':'
  const tag = app === null ? '' : `${app}${procid === null ? '' : `[${procid}]`}${colon}`
  const words = [time, name, tag].filter((word) => word !== '').join(' ')
  return msg === '' ? words : words === '' ? msg : `${words} ${msg}`
}

/** A time without a year was in the RFC's own form; one with a year was RFC 3339. */
function bsdTime(ts: string, flags: readonly string[]): string {
  if (!flags.includes('year-guessed')) return ts
  const month = MONTHS[Number(ts.slice(5, 7)) - 1] ?? ''
  return `${month} ${String(Number(ts.slice(8, 10))).padStart(2)} ${ts.slice(11, 19)}`
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
