import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { parseMessage } from '../../../daemons/syslog/parse/parse-message.ts'
import { TimeInference } from '../../../daemons/syslog/parse/time-inference.ts'
import { openSenders } from '../../../daemons/syslog/senders/open-senders.ts'
import { Pins } from '../../../daemons/syslog/senders/pins.ts'
import type { Sender } from '../../../daemons/syslog/senders/sender.ts'
import { SenderBook } from '../../../daemons/syslog/senders/sender-book.ts'
import { reportSender } from '../../../daemons/syslog/senders/sender-report.ts'
import { formatIpv4 } from '../../../daemons/wire/address.ts'
import { ownFolder } from '../../support/own-folder.ts'

const BEGAN = Date.UTC(2026, 5, 15, 12) / 1000
const PLAIN = new TimeInference(() => 0)

function send(sender: Sender, text: string, second: number): void {
  const inference = sender.pin?.inference ?? PLAIN
  const dialect = sender.pin?.dialect ?? null
  sender.note(parseMessage(text, { receiveMs: second * 1000, inference, local: false, dialect }), second)
}

/** Two messages, so far apart that the sender is known afterwards. */
function introduce(book: SenderBook, address: string, second = BEGAN): Sender {
  const sender = book.of(address, second * 1000)
  send(sender, '<13>1 - - - - - x', second)
  send(sender, '<13>1 - - - - - x', second + 700)
  book.look((second + 700) * 1000)
  return sender
}

describe('the book of senders', () => {
  test('a million forged addresses push out no sender that is known, and are not remembered', () => {
    const book = new SenderBook()
    const known = Array.from({ length: 50 }, (_, index) => introduce(book, `192.0.2.${index}`))
    for (let forged = 0; forged < 1_000_000; forged++) {
      const sender = book.of(formatIpv4(0x0a00_0000 + forged), (BEGAN + 800) * 1000)
      sender.messages += 1
    }
    expect(book.size).toBeLessThanOrEqual(50 + 1024)
    expect(book.overlooked).toBe(1_000_000 - 1024)
    for (const sender of known) expect(book.of(sender.address, 0)).toBe(sender)
  })

  test('a newcomer gets its place in spite of a flood, once it has sent for ten minutes', () => {
    const book = new SenderBook()
    const sender = book.of('192.0.2.1', BEGAN * 1000)
    let forged = 0
    for (let second = BEGAN; second <= BEGAN + 601; second++) {
      send(sender, '<13>1 - - - - - x', second)
      if (!sender.isListed) book.relist(sender)
      for (let each = 0; each < 200; each++) book.of(formatIpv4(0x0a00_0000 + forged++), second * 1000)
      book.look(second * 1000)
    }
    for (let each = 0; each < 2000; each++) book.of(formatIpv4(0x0a00_0000 + forged++), 0)
    expect(book.of('192.0.2.1', 0)).toBe(sender)
    expect(sender.messages).toBe(602)
  })

  test('tells what is known of a sender', () => {
    const book = new SenderBook()
    const sender = book.of('192.0.2.1', BEGAN * 1000)
    for (let second = 0; second < 100; second++) {
      const own = new Date((BEGAN + second - 90) * 1000).toISOString()
      const number = second < 50 ? second + 1 : second + 4
      send(sender, `<13>1 ${own} sw-7 app${second % 3} - - [meta sequenceId="${number}"] x`, BEGAN + second)
    }
    const gaps = book.look((BEGAN + 200) * 1000)
    expect(gaps).toMatchObject([{ address: '192.0.2.1', host: 'sw-7', missing: 3, after: 50, before: 54 }])
    expect(book.look((BEGAN + 200) * 1000)).toEqual([])
    const report = reportSender(sender, (BEGAN + 110) * 1000)
    expect(report).toMatchObject({
      ...{ first_seen: '2026-06-15T12:00:00.000Z', last_seen: '2026-06-15T12:01:39.000Z', messages: 100 },
      ...{ hosts: ['sw-7'], apps: ['app0', 'app1', 'app2'], dialect: 'rfc5424', pinned: null, zone: 'own' },
      ...{ sequence_gaps: 1, sequence_missing: 3, silent_s: 11, silent: false },
    })
    expect(report.clock_skew_s).toBeCloseTo(90.5, 0)
    expect(report.rate_per_s).toBeCloseTo(100 / 110, 1)
  })

  test('nobody is seen for the last time before the first', () => {
    const sender = new SenderBook().of('192.0.2.1', BEGAN * 1000 + 843)
    send(sender, 'x', BEGAN)
    const { first_seen, last_seen } = reportSender(sender, BEGAN * 1000 + 900)
    expect({ first_seen, last_seen }).toEqual({
      first_seen: '2026-06-15T12:00:00.843Z',
      last_seen: '2026-06-15T12:00:00.843Z',
    })
  })

  test('a burst weighs as much as it has messages, also where it is only sampled', () => {
    const sender = new SenderBook().of('192.0.2.1', BEGAN * 1000)
    for (let each = 0; each < 60; each++) send(sender, `<13>1 - h${each % 2} app${each % 3} - - - x`, BEGAN)
    for (let second = 1; second <= 20; second++) send(sender, 'lone line', BEGAN + second)
    expect(reportSender(sender, BEGAN * 1000)).toMatchObject({
      ...{ dialect: 'rfc5424', dialects: ['rfc5424', 'raw'] },
      ...{ hosts: ['h0', 'h1'], apps: ['app0', 'app1', 'app2'] },
    })
    for (let each = 0; each < 100; each++) send(sender, '<13>1 - - - - - x', BEGAN + 30)
    for (let each = 0; each < 2000; each++) send(sender, 'one of a flood', BEGAN + 30)
    expect(sender.dialect).toBe('raw')
  })

  test('what was heard once of a sender is never forgotten', () => {
    const sender = new SenderBook().of('192.0.2.1', BEGAN * 1000)
    send(sender, '<13>1 - - - - - x', BEGAN)
    for (let each = 0; each < 100_000; each++) send(sender, 'raw', BEGAN + Math.floor(each / 100))
    expect(sender.dialect).toBe('raw')
    expect(sender.dialects).toEqual(['rfc5424', 'raw'])
  })

  test.each([
    ['guessed', '<13>Jun 15 09:11:00 host app: x', 'guessed', null],
    ['fitted', '<13>Jun 15 14:00:00 host app: x', 'fitted', null],
    ['its own', '<13>1 2026-06-15T13:59:30+02:00 host app - - - x', 'own', 30.5],
  ])('a zone that is %s', (_title, text, zone, skew) => {
    const sender = new SenderBook().of('192.0.2.1', BEGAN * 1000)
    send(sender, text, BEGAN)
    expect(reportSender(sender, BEGAN * 1000)).toMatchObject({ zone, clock_skew_s: skew })
  })

  test('a pinned zone is no guess, so that the clock can be judged by it', () => {
    const zone = {
      name: 'Europe/Berlin',
      changes: [
        [0, 60],
        [Date.UTC(2026, 2, 29, 1), 120],
      ] as const,
    }
    const pins = new Pins([
      { address: '192.0.2.0/24', dialect: 'rfc3164', zone: null },
      { address: '192.0.2.1', dialect: null, zone },
    ])
    const sender = new SenderBook(pins).of('192.0.2.1', BEGAN * 1000)
    send(sender, '<13>Jun 15 13:50:00 host app: x', BEGAN)
    expect(reportSender(sender, BEGAN * 1000)).toMatchObject({
      ...{ zone: 'pinned', clock_skew_s: 600.5, pinned: { dialect: null, timezone: 'Europe/Berlin' } },
    })
  })
})

describe('the senders of a daemon', () => {
  test('are known after a restart, and what is damaged of their file is learned anew', () => {
    using folder = ownFolder()
    let nowMs = (BEGAN + 700) * 1000
    const clock = { wallMs: () => nowMs, wallNs: () => 0n, monotonicMs: () => nowMs }
    const open = () => openSenders({ stateDir: folder.path, pins: [], clock, log: pino({ level: 'silent' }) })
    const first = open()
    introduce(first.book, '192.0.2.1')
    introduce(first.book, '192.0.2.2')
    nowMs += 61_000
    first.tick()
    const reported = first.report()
    // Killed here.
    const file = join(folder.path, 'senders.ndjson')
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(3)
    const second = open()
    expect(second.report().map((each) => ({ ...each, rate_per_s: 0 }))).toEqual(
      reported.map((each) => ({ ...each, rate_per_s: 0 })),
    )
    appendFileSync(file, '{"address":"192.0.2.3","first_ms":"yesterday"}\n{"torn')
    expect(open().report()).toHaveLength(2)
    writeFileSync(file, Buffer.alloc(5000))
    expect(open().report()).toEqual([])
  })

  test('who connects and says nothing is no sender, and is not written down', () => {
    using folder = ownFolder()
    const clock = { wallMs: () => BEGAN * 1000, wallNs: () => 0n, monotonicMs: () => 0 }
    const open = () => openSenders({ stateDir: folder.path, pins: [], clock, log: pino({ level: 'silent' }) })
    const first = open()
    first.book.of('192.0.2.9', BEGAN * 1000)
    send(first.book.of('192.0.2.1', BEGAN * 1000), '<13>1 - - - - - x', BEGAN)
    expect(first.report()).toMatchObject([{ address: '192.0.2.1', messages: 1 }])
    first.close()
    expect(readFileSync(join(folder.path, 'senders.ndjson'), 'utf8')).not.toContain('192.0.2.9')
  })
})
