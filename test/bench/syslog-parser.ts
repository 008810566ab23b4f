import { readMessageText } from '../../daemons/syslog/parse/message-text.ts'
import { parseMessage } from '../../daemons/syslog/parse/parse-message.ts'
import { TimeInference } from '../../daemons/syslog/parse/time-inference.ts'

const RECEIVED_MS = Date.UTC(2026, 10, 25, 22, 14, 15)
const MESSAGES = 400_000
const ROUNDS = 5
/** Of each form, so that not every message is the one before. */
const VARIANTS = 64

/** What devices send, each numbered. */
const FORMS: Readonly<Record<string, (number: number) => string>> = {
  'RFC 3164': (n) =>
    `<34>Nov 25 22:14:15 machine${n % 9} sshd[${n}]: Accepted publickey for user${n} from 192.0.2.${n} port 50${n} ssh2`,
  'RFC 3164, ISO time': (n) =>
    `<30>2026-11-25T22:14:15.1234${n % 90}+00:00 machine${n % 9} systemd[1]: Started session ${n} of user root`,
  'RFC 5424': (n) =>
    `<165>1 2026-11-25T22:14:15.003Z machine${n % 9}.example.com evntslog ${n} ID47 - An application event log entry`,
  'RFC 5424, structured data': (n) =>
    `<165>1 2026-11-25T22:14:15.003Z machine${n % 9} evntslog ${n} ID47 [origin@32473 ip="192.0.2.${n}" software="x"][meta sequenceId="${n}"] entry`,
  'Cisco IOS': (n) =>
    `<189>${n}: Nov 25 22:14:15.1${n % 90}: %LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet0/${n}, changed state to up`,
  'no header': (n) => `link ${n} of the ring has gone down, trying the other way round`,
  'UTF-8': (n) => `<30>Nov 25 22:14:15 rechner${n % 9} müller[${n}]: Grüße aus Köln, Nummer ${n}: größer als nötig`,
}

/**
 * Takes messages apart, from their bytes on, on one core.
 *
 * @returns rows of form, nanoseconds for each, messages per second; the last is that of all forms in turn
 */
export function measureParser(): (string | number)[][] {
  const samples = Object.entries(FORMS).map(([form, write]) => ({
    form,
    messages: Array.from({ length: VARIANTS }, (_, number) => Buffer.from(write(number))),
  }))
  const all = Array.from({ length: VARIANTS }, (_, number) => samples.map(({ messages }) => messages[number])).flat()
  const mix = { form: 'all of them in turn', messages: all.filter((message) => message !== undefined) }
  // The mix first: what is compiled for one form alone would flatter it.
  const measured = [mix, ...samples].map(({ form, messages }) => [form, nanoseconds(messages)] as const)
  return [...measured.slice(1), ...measured.slice(0, 1)].map(([form, ns]) => [
    form,
    Math.round(ns),
    Math.round(1e9 / ns),
  ])
}

/** The best of several rounds: what disturbs only ever adds. */
function nanoseconds(messages: readonly Buffer[]): number {
  const inference = new TimeInference(() => 0)
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const started = process.hrtime.bigint()
    for (let done = 0; done < MESSAGES; )
      for (const message of messages) {
        const { text } = readMessageText(message, 0, message.length)
        parseMessage(text, { receiveMs: RECEIVED_MS + (done >> 8), inference, local: false, dialect: null })
        done++
      }
    const rounded = Math.ceil(MESSAGES / messages.length) * messages.length
    best = Math.min(best, Number(process.hrtime.bigint() - started) / rounded)
  }
  return best
}
