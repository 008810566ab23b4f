import { PASSAGE_SD } from './passage.ts'
import { formatElement } from './sd-element.ts'
import { hostOf } from './sender-host.ts'
import type { StoredRecord } from './stored-record.ts'

/**
 * Writes a stored message as RFC 5424, whatever it came as: the original priority, time, host and structured data where
 * there were any; where the device told no time, that of receipt.
 *
 * @rfc 5424 section 6
 * @param passage the element that tells where the message has been, from `formatPassage`; null = none is added
 * @param ownName this machine's name
 * @returns always valid RFC 5424
 */
export function formatRfc5424(record: StoredRecord, passage: string | null, ownName: string): string {
  const { facility, severity, app, procid, msgid, flags, msg } = record
  const header = `<${facility * 8 + severity}>1 ${formatTimestamp(record.ts ?? record.rt)} ${formatField(hostOf(record, ownName), 255)} ${formatField(app, 48)} ${formatField(procid, 128)} ${formatField(msgid, 32)}`
  const bom = flags.includes('bom') ? '\ufeff' : ''
  const rest = msg === '' && bom === '' ? '' : ` ${bom}${msg}`
  return `${header} ${structuredData(record, passage)}${rest}`
}

/** At most six digits of a second. @rfc 5424 section 6.2.3 */
export function formatTimestamp(time: string): string {
  return time.length <= 27 ? time : time.replace(/(\.\d{6})\d+/, '$1')
}

/** PRINTUSASCII of limited length, or NILVALUE. @rfc 5424 section 6 */
export function formatField(value: string | null, mostBytes: number): string {
  if (value === null || value === '') return '-'
  return visible(value).slice(0, mostBytes)
}

function visible(text: string): string {
  return PRINTABLE.test(text) ? text : text.replace(UNPRINTABLE, '?')
}

function structuredData(record: StoredRecord, passage: string | null): string {
  if (record.sd === null) return passage ?? '-'
  let text = passage ?? ''
  for (const [sdId, params] of Object.entries(record.sd)) {
    if (passage !== null && sdId === PASSAGE_SD) continue
    text += formatElement(
      sdId,
      Object.entries(params).flatMap(([name, value]) =>
        typeof value === 'string' ? [[name, value] as const] : value.map((each) => [name, each] as const),
      ),
    )
  }
  return text === '' ? '-' : text
}

const PRINTABLE = /^[!-~]*$/
const UNPRINTABLE = /[^!-~]/g
