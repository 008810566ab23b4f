import { originalOf } from '../../daemons/syslog/explain/original-bytes.ts'
import { readMessageText } from '../../daemons/syslog/parse/message-text.ts'
import { parseMessage } from '../../daemons/syslog/parse/parse-message.ts'
import { TimeInference } from '../../daemons/syslog/parse/time-inference.ts'
import { ReceiptTimes } from '../../daemons/syslog/receipt-times.ts'
import { JsonBytes } from '../../daemons/syslog/store/json-bytes.ts'
import { formatSource, writeStoredLine } from '../../daemons/syslog/store/stored-line.ts'

const inference = new TimeInference((ms) => (Math.floor(ms / 3_600_000) % 2 === 0 ? 60 : 120))
const source = formatSource('192.0.2.7:514', 'udp://0.0.0.0:514')
const times = new ReceiptTimes()
const into = new JsonBytes(1 << 20)

/** Brings one message to its line of the store. @throws Error when that is not one line of JSON that says what the message said */
export function checkLine(bytes: Buffer, receiveMs: number, local: boolean): void {
  const { text, plain, valid } = readMessageText(bytes, 0, bytes.length)
  const message = parseMessage(text, { receiveMs, inference, local, dialect: null })
  const original = valid ? (message.exact ? null : { text }) : { base64: bytes.toString('base64') }
  into.clear()
  writeStoredLine(into, message, { seconds: 1e9, nanoseconds: 0, seq: 1, source, original, plain }, times)
  const line = into.bytes.toString()
  if (line.indexOf('\n') !== line.length - 1) throw new Error('not one line')
  const stored: { msg: unknown; facility: unknown; raw?: unknown; raw_b64?: unknown } = JSON.parse(line)
  if (stored.msg !== message.msg.toWellFormed() || typeof stored.facility !== 'string')
    throw new Error('the line says something else')
  if (!valid && stored.raw_b64 !== bytes.toString('base64')) throw new Error('the octets are not kept')
  if (valid && !message.exact && stored.raw !== text) throw new Error('the text is not kept')
  if (valid && message.exact && originalOf(line, 'box')?.original.toString() !== text)
    throw new Error(`the fields do not give back ${JSON.stringify(text)}`)
  if (new Set(message.flags).size !== message.flags.length) throw new Error(`a flag twice: ${message.flags.join(' ')}`)
  if (message.time !== null && Number.isNaN(Date.parse(message.time.replace(/(\.\d{3})\d+/, '$1'))))
    throw new Error(`no time: ${message.time}`)
}
