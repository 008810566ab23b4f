import { hostOf } from './sender-host.ts'
import type { StoredRecord } from './stored-record.ts'

/**
 * Writes a stored message in the BSD form, for targets that know no other: structured data, message ID, year and zone
 * do not fit into it.
 *
 * @rfc 3164 section 4.1
 * @param toLocal the local time of this machine for an instant, as `Mmm dd hh:mm:ss`
 */
export function formatRfc3164(record: StoredRecord, ownName: string, toLocal: (wallMs: number) => string): string {
  const { facility, severity, app, procid, msg } = record
  const time = toLocal(Date.parse(record.ts ?? record.rt))
  const tag = app === null ? '' : `${word(app)}${procid === null ? '' : `[${word(procid)}]`}: `
  return `<${facility * 8 + severity}>${time} ${word(hostOf(record, ownName))} ${tag}${msg}`
}

/** `Oct  1 22:14:15` in the zone of this machine. */
export function localBsdTime(wallMs: number): string {
  const date = new Date(wallMs)
  const two = (value: number): string => String(value).padStart(2, '0')
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return `${MONTHS[date.getMonth()]} ${String(date.getDate()).padStart(2)} ${time}`
}

function word(text: string): string {
  return text.replace(/[^!-~]/g, '?')
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
