import { expect, test } from 'vitest'
import { parseMessage } from '../../../daemons/syslog/parse/parse-message.ts'
import { TimeInference } from '../../../daemons/syslog/parse/time-inference.ts'
import { SenderBook } from '../../../daemons/syslog/senders/sender-book.ts'
import { senderNames } from '../../../daemons/syslog/senders/sender-names.ts'

const SECOND = Date.UTC(2026, 5, 15, 12) / 1000
const inference = new TimeInference(() => 0)

test.each<[string, readonly string[], string | null]>([
  ['one name', ['sw-7', 'sw-7'], 'sw-7'],
  ['one name, with and without its domain', ['sw-7', 'SW-7.lab.example'], 'SW-7.lab.example'],
  ['a name and an address', ['192.0.2.1', 'sw-7', '2001:db8::1'], 'sw-7'],
  ['only its address', ['192.0.2.1'], null],
  ['the names of those whom it speaks for', ['sw-7', 'sw-8'], null],
  ['none', ['-'], null],
])('a sender whose messages have %s', (_, hosts, host) => {
  const book = new SenderBook()
  for (const [index, name] of hosts.entries()) {
    const text = `<13>1 - ${name} - - - - x`
    const receiveMs = (SECOND + index) * 1000
    book
      .of('192.0.2.1', receiveMs)
      .note(parseMessage(text, { receiveMs, inference, local: false, dialect: null }), SECOND + index)
  }
  book.of('192.0.2.9', SECOND * 1000)
  const found = senderNames(book.all(), { addresses: ['192.0.2.1', '192.0.2.9', null, '192.0.2.5'] })
  expect(found).toEqual(host === null ? [] : [{ address: '192.0.2.1', host }])
  for (const params of [null, {}, { addresses: '192.0.2.1' }]) expect(senderNames(book.all(), params)).toEqual([])
})
