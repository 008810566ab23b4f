import { quoteJson } from './json-text.ts'
import type { SdElement, SyslogMessage } from './message.ts'
import { FACILITIES, SEVERITIES } from './pri.ts'

/** What the store adds to a message. */
export interface Arrival {
  /** Time of receipt as `ReceiptTimes` writes it. */
  readonly rt: string
  readonly seq: number
  /** The part of the line that names sender and listener, from `formatSource`. */
  readonly source: string
  /** What came, when the fields do not hold all of it: as text, or in base64 when it is no UTF-8. */
  readonly original: { readonly text: string } | { readonly base64: string } | null
  /** Every field is printable ASCII without quotes and backslashes: nothing needs escaping. */
  readonly plain: boolean
}

/**
 * Writes one message as a line of the store, with its LF: the keys and their order are those of the interface.
 * The line is always one valid JSON object.
 */
export function formatStoredLine(message: SyslogMessage, arrival: Arrival): string {
  const text = arrival.plain ? wrap : quoteJson
  const { host, app, procId, msgId, time } = message
  const pri = PRI_TEXTS[message.facility * 8 + message.severity] ?? ''
  const flags = message.flags.length === 0 ? '[]' : `["${message.flags.join('","')}"]`
  return `{"rt":"${arrival.rt}","seq":${arrival.seq}${arrival.source}${pri},"host":${
    host === null ? 'null' : text(host)
  },"app":${app === null ? 'null' : text(app)},"procid":${procId === null ? 'null' : text(procId)},"msgid":${
    msgId === null ? 'null' : text(msgId)
  },"ts":${time === null ? 'null' : wrap(time)},"sd":${formatSd(message.structuredData)},"msg":${text(
    message.msg,
  )},"format":"${message.format}","flags":${flags}${formatOriginal(arrival.original)}}\n`
}

/** The part of a line that says where a message came from. */
export function formatSource(peer: string, via: string): string {
  return `,"src":${quoteJson(peer)},"via":${quoteJson(via)}`
}

function formatOriginal(original: Arrival['original']): string {
  if (original === null) return ''
  return 'text' in original ? `,"raw":${quoteJson(original.text)}` : `,"raw_b64":"${original.base64}"`
}

/** A name that comes twice in one element (which the RFC allows) has a list of its values. */
function formatSd(elements: readonly SdElement[] | null): string {
  if (elements === null) return 'null'
  const byId = new Map<string, Map<string, string[]>>()
  for (const element of elements) {
    const params = byId.get(element.sdId) ?? new Map<string, string[]>()
    byId.set(element.sdId, params)
    for (const [name, value] of element.params) {
      const values = params.get(name)
      if (values === undefined) params.set(name, [value])
      else values.push(value)
    }
  }
  const written = Array.from(byId, ([sdId, params]) => {
    const inner = Array.from(params, ([name, values]) => `${quoteJson(name)}:${formatValues(values)}`)
    return `${quoteJson(sdId)}:{${inner.join(',')}}`
  })
  return `{${written.join(',')}}`
}

function formatValues(values: readonly string[]): string {
  return values.length === 1 ? quoteJson(values[0] ?? '') : `[${values.map(quoteJson).join(',')}]`
}

function wrap(text: string): string {
  return `"${text}"`
}

const PRI_TEXTS: readonly string[] = FACILITIES.flatMap((facility) =>
  SEVERITIES.map((severity) => `,"facility":"${facility}","severity":"${severity}"`),
)

/** Writes times of receipt: RFC 3339, UTC, microseconds. Remembers the last second, since most share it. */
export class ReceiptTimes {
  #second = -1
  #text = ''

  /** @unit seconds since 1970 and nanoseconds of the second */
  format(seconds: number, nanoseconds: number): string {
    if (seconds !== this.#second) {
      this.#second = seconds
      this.#text = new Date(seconds * 1000).toISOString().slice(0, 20)
    }
    return `${this.#text}${String(1_000_000 + Math.floor(nanoseconds / 1000)).slice(1)}Z`
  }
}
