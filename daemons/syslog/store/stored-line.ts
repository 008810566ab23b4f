import type { Flag, SdElement, SyslogMessage } from '../parse/message.ts'
import { FACILITIES, SEVERITIES } from '../parse/pri.ts'
import type { ReceiptTimes } from '../receipt-times.ts'
import { JsonBytes } from './json-bytes.ts'

/** What the store adds to a message. */
export interface Arrival {
  /** @unit seconds since 1970, and nanoseconds of the second */
  readonly seconds: number
  readonly nanoseconds: number
  readonly seq: number
  /** The part of the line that names sender and listener, from `formatSource`. */
  readonly source: Uint8Array
  /** What came, when the fields do not hold all of it: as text, or in base64 when it is no UTF-8. */
  readonly original: { readonly text: string } | { readonly base64: string } | null
  /** Every field is printable ASCII without quotes and backslashes: nothing needs escaping. */
  readonly plain: boolean
}

/**
 * Writes one message as a line of the store, with its LF: the keys and their order are those of the interface.
 * The line is always one valid JSON object.
 */
export function writeStoredLine(into: JsonBytes, message: SyslogMessage, arrival: Arrival, times: ReceiptTimes): void {
  const { plain, original } = arrival
  times.write(into, arrival.seconds, arrival.nanoseconds)
  into.integer(arrival.seq)
  writeHead(into, message, arrival)
  into.string(message.msg, plain)
  into.put(tailOf(message, original === null))
  if (original !== null) writeOriginal(into, original)
}

/** Writes all from the source to the key of the text; for a header that others had, as it was written for them. */
function writeHead(into: JsonBytes, message: SyslogMessage, { source, plain }: Arrival): void {
  const { header } = message
  if (header?.line?.source === source) {
    into.put(header.line.json)
    return
  }
  const start = into.length
  into.put(source)
  into.put(PRI_PARTS[message.facility * 8 + message.severity] ?? NOTHING)
  writeField(into, HOST, message.host, plain)
  writeField(into, APP, message.app, plain)
  writeField(into, PROC_ID, message.procId, plain)
  writeField(into, MSG_ID, message.msgId, plain)
  writeField(into, TS, message.time, true)
  if (message.structuredData === null) into.put(SD.ofNull)
  else {
    into.put(SD.key)
    writeSd(into, message.structuredData)
  }
  into.put(MSG.key)
  if (header !== undefined) header.line = { source, json: Uint8Array.from(into.bytes.subarray(start)) }
}

/** The part of a line that says where a message came from. */
export function formatSource(peer: string, via: string): Uint8Array {
  const part = new JsonBytes(256)
  part.ascii(',"src":')
  part.string(peer, false)
  part.ascii(',"via":')
  part.string(via, false)
  return part.bytes
}

function writeField(into: JsonBytes, { key, ofNull }: Key, value: string | null, plain: boolean): void {
  if (value === null) into.put(ofNull)
  else {
    into.put(key)
    into.string(value, plain)
  }
}

function writeOriginal(into: JsonBytes, original: NonNullable<Arrival['original']>): void {
  if ('text' in original) {
    into.ascii(',"raw":')
    into.string(original.text, false)
  } else {
    into.ascii(',"raw_b64":')
    into.string(original.base64, true)
  }
  into.ascii('}\n')
}

/** A name that comes twice in one element (which the RFC allows) has a list of its values. */
function writeSd(into: JsonBytes, elements: readonly SdElement[]): void {
  into.ascii('{')
  for (const [index, [sdId, params]] of mergedById(elements).entries()) {
    if (index > 0) into.ascii(',')
    into.string(sdId, false)
    into.ascii(':{')
    let first = true
    for (const [name, values] of params) {
      if (!first) into.ascii(',')
      first = false
      into.string(name, false)
      into.ascii(values.length === 1 ? ':' : ':[')
      for (const [place, value] of values.entries()) {
        if (place > 0) into.ascii(',')
        into.string(value, false)
      }
      if (values.length > 1) into.ascii(']')
    }
    into.ascii('}')
  }
  into.ascii('}')
}

/** Elements in their order, those of one name as one, and in them the values of each parameter. */
export function mergedById(
  elements: readonly SdElement[],
): readonly (readonly [string, ReadonlyMap<string, string[]>])[] {
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
  return [...byId]
}

/** Format and flags, and the end of the line: the few combinations that come are made once. */
function tailOf({ format, flags }: SyslogMessage, ends: boolean): Uint8Array {
  let at = TAILS[format]
  for (const flag of flags) {
    let next = at.behind.get(flag)
    if (next === undefined) {
      next = newTail()
      at.behind.set(flag, next)
    }
    at = next
  }
  at.open ??= Buffer.from(`,"format":${JSON.stringify(format)},"flags":${JSON.stringify(flags)}`)
  at.ended ??= Buffer.concat([at.open, Buffer.from('}\n')])
  return ends ? at.ended : at.open
}

/** One path of flags in their order; their number is bounded by what the parsers can find in one message. */
interface Tail {
  open: Uint8Array | null
  ended: Uint8Array | null
  readonly behind: Map<Flag, Tail>
}

function newTail(): Tail {
  return { open: null, ended: null, behind: new Map() }
}

const TAILS: Readonly<Record<SyslogMessage['format'], Tail>> = {
  rfc5424: newTail(),
  rfc3164: newTail(),
  raw: newTail(),
}

/** A key with the comma before it and its colon, and the same with null behind it. */
interface Key {
  readonly key: Uint8Array
  readonly ofNull: Uint8Array
}

function keyOf(name: string): Key {
  const key = `,"${name}":`
  return { key: Buffer.from(key), ofNull: Buffer.from(`${key}null`) }
}

const PRI_PARTS: readonly Uint8Array[] = FACILITIES.flatMap((facility) =>
  SEVERITIES.map((severity) => Buffer.from(`,"facility":"${facility}","severity":"${severity}"`)),
)
const HOST = keyOf('host')
const APP = keyOf('app')
const PROC_ID = keyOf('procid')
const MSG_ID = keyOf('msgid')
const TS = keyOf('ts')
const SD = keyOf('sd')
const MSG = keyOf('msg')
const NOTHING = new Uint8Array(0)
