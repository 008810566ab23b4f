import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../../daemons/runtime/system-clock.ts'
import { Collector } from '../../../daemons/syslog/collector.ts'
import { openLedger } from '../../../daemons/syslog/ledger/open-ledger.ts'
import { TimeInference } from '../../../daemons/syslog/parse/time-inference.ts'
import { SenderBook } from '../../../daemons/syslog/senders/sender-book.ts'
import { StreamDesk, type StreamLimits } from '../../../daemons/syslog/streams/stream-desk.ts'
import { StreamListener } from '../../../daemons/syslog/streams/stream-listener.ts'
import { openOnLoopback } from '../../support/loopback.ts'
import { waitFor } from '../../support/wait-for.ts'
import { DefectiveProbe, DefectiveStore } from '../defective.ts'
import { diskError, failingDisk } from '../store/failing-disk.ts'

const LIMITS: StreamLimits = {
  maxMessageBytes: 1000,
  maxConnections: 3,
  maxConnectionsPerSender: 3,
  maxHeldBytes: 1 << 20,
  unfinishedMs: 60_000,
  retryMs: 1,
}

let folder = ''
let full = false
let told: string[] = []
let store: DefectiveStore
let collector: Collector
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanward-desk-'))
  full = false
  told = []
  const disk = failingDisk((call) => (full && call === 'writeSync' ? diskError('ENOSPC') : null))
  const log = pino({ level: 'silent' })
  const limits = { segment: { sizeBytes: 1 << 30, ageMs: 1e9 }, retention: { ageMs: 1e9, sizeBytes: 1 << 30 } }
  store = new DefectiveStore({ folder, limits: { ...limits, sync: 'off' }, clock: systemClock, log, disk })
  collector = new Collector({
    ...{ store, clock: systemClock, senders: new SenderBook(), probe: new DefectiveProbe(store), host: 'box' },
    log: { error: ({ err }: { err: Error }) => told.push(err.message) },
    inference: new TimeInference(() => 0),
  })
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true })
})

function linesOf(): Record<string, unknown>[] {
  return readdirSync(folder)
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean))
    .map((line): Record<string, unknown> => JSON.parse(line))
}

function stored(): string[] {
  return linesOf().map(({ msg }) => String(msg))
}

/** A desk with one listener on loopback; whoever connects from 127.0.0.N is sender N. */
function openDesk(limits: Partial<StreamLimits> = {}) {
  const socket = openOnLoopback('tcp://127.0.0.1:0')
  const desk = new StreamDesk(collector, { ...LIMITS, ...limits })
  const held = { fd: socket.fd, name: 'tcp://127.0.0.1:0', url: socket.url, probeOnly: false }
  const listener = new StreamListener(held, desk, pino({ level: 'silent' }))
  const peers: Socket[] = []
  return {
    desk,
    /** Connects, sends, and waits until that was read. */
    send: async (host: number, text: string): Promise<Socket> => {
      const { accepted } = desk.counters()
      const peer = connect({ port: socket.port, host: '127.0.0.1', localAddress: `127.0.0.${host}` })
      peers.push(peer)
      peer.on('error', () => undefined)
      await once(peer, 'connect')
      await waitFor('its acceptance', () => (desk.counters().accepted > accepted ? true : undefined))
      peer.write(text)
      return peer
    },
    [Symbol.asyncDispose]: async () => {
      for (const peer of peers) peer.destroy()
      listener.close()
      await desk.close()
    },
  }
}

const until = (what: string, holds: () => boolean): Promise<true> => waitFor(what, () => (holds() ? true : undefined))

test('one sender with too many connections loses its own, nobody else does', async () => {
  await using box = openDesk()
  await box.send(2, 'from two\n')
  await until('its message', () => stored().length === 1)
  const greedy = [await box.send(9, 'a\n'), await box.send(9, 'b\n')]
  await until('all messages', () => stored().length === 3)
  const [longestIdle] = greedy
  if (longestIdle === undefined) throw new Error('two were opened')
  const closed = once(longestIdle, 'close')
  await box.send(9, 'c\n')
  await closed
  await until('the newest', () => stored().length === 4)
  expect(box.desk.counters()).toMatchObject({ open: 3, accepted: 4, evicted: 1, broken: 0 })
})

test('a sender has no more than its own share of the connections, whoever else has how many', async () => {
  await using box = openDesk({ maxConnections: 10, maxConnectionsPerSender: 2 })
  const sent: Socket[] = []
  for (const host of [2, 2, 2, 9, 9, 9]) {
    sent.push(await box.send(host, 'x\n'))
    await until('the message', () => stored().length === sent.length)
  }
  expect(box.desk.counters()).toMatchObject({ open: 4, accepted: 6, evicted: 2 })
})

test('tells how many connections are open whenever one has come or gone', async () => {
  await using box = openDesk()
  const told: number[] = []
  box.desk.watch((open) => told.push(open))
  const first = await box.send(1, 'one\n')
  await box.send(2, 'two\n')
  first.destroy()
  await until('one to have gone', () => told.length === 3)
  expect(told).toEqual([1, 2, 1])
})

test('unfinished messages take a bounded memory together; who holds most of it is closed, and what it sent is stored', async () => {
  await using box = openDesk({ maxMessageBytes: 50_000, maxHeldBytes: 60_000, maxConnections: 10 })
  await box.send(2, 'x'.repeat(10_000))
  const heavy = await box.send(9, 'y'.repeat(30_000))
  const closed = once(heavy, 'close')
  await box.send(9, 'z'.repeat(29_000))
  await closed
  await until('what it sent', () => stored().some((text) => text.startsWith('y')))
  expect(box.desk.counters()).toMatchObject({ open: 2, evicted: 1 })
})

test('while the disk is full all senders wait, and nothing that they sent is lost or counted twice', async () => {
  await using box = openDesk()
  const first = await box.send(2, 'before\n')
  const second = await box.send(3, '')
  await until('the first', () => stored().length === 1)
  full = true
  const lines = (name: string): string => Array.from({ length: 5_000 }, (_, line) => `${name} ${line}\n`).join('')
  first.write(lines('first'))
  await until('the refusal', () => store.failure === 'ENOSPC')
  second.write(lines('second'))
  const third = await box.send(4, lines('third'))
  expect(stored()).toEqual(['before'])
  expect(collector.tally.counters()).toMatchObject({ stored: 1, rejected: 0, format_raw: 1 })
  full = false
  await until('all of it', () => stored().length === 15_001)
  for (const name of ['first', 'second', 'third'])
    expect(stored().filter((text) => text.startsWith(name))).toEqual(lines(name).trimEnd().split('\n'))
  expect(collector.tally.counters()).toMatchObject({
    received: 15_001,
    stored: 15_001,
    rejected: 0,
    format_raw: 15_001,
  })
  for (const peer of [first, second, third]) expect(peer.destroyed).toBe(false)
})

test('what a sender leaves behind on a full disk is counted as rejected', async () => {
  const box = openDesk()
  full = true
  await box.send(2, 'one\ntwo\nunfinished')
  await until('the refusal', () => store.failure === 'ENOSPC')
  await box[Symbol.asyncDispose]()
  expect(collector.tally.counters()).toMatchObject({ received: 3, stored: 0, rejected_disk_full: 3, format_raw: 0 })
})

test('at the end all that had arrived is stored, and a sender is told before it is left', async () => {
  const box = openDesk()
  const peers = [await box.send(2, ''), await box.send(3, '')]
  const told = peers.map((peer) => once(peer, 'end'))
  const resets: unknown[] = []
  for (const [index, peer] of peers.entries()) {
    peer.on('error', (error) => resets.push(error)).resume()
    peer.write(Array.from({ length: 2_000 }, (_, line) => `peer ${index} line ${line}\n`).join(''))
  }
  const closing = box.desk.close()
  await Promise.all(told)
  await closing
  expect(stored()).toHaveLength(4_000)
  expect(resets).toEqual([])
  await box[Symbol.asyncDispose]()
})

test('a message that does not go on is given up and stored as far as it came', async () => {
  await using box = openDesk({ unfinishedMs: 20 })
  const peer = await box.send(2, '10 begun')
  await once(peer, 'close')
  await until('the beginning', () => stored().length === 1)
  expect(box.desk.counters()).toMatchObject({ open: 0, timedOut: 1, evicted: 0 })
})

test('a message that our own code cannot even keep as it came is lost alone, counted once and told once, also when the disk was full meanwhile', async () => {
  await using box = openDesk()
  const stateDir = mkdtempSync(join(tmpdir(), 'lanward-desk-ledger-'))
  const account = openLedger({
    ...{ stateDir, segments: folder, tally: collector.tally, clock: systemClock, log: pino({ level: 'silent' }) },
    ...{ nextSeq: () => store.nextSeq, connections: () => 0, targets: () => [] },
  })
  account.ledger.tick()
  full = true
  const peer = await box.send(2, 'before\nworse defect one\nworse defect two\nbehind\n')
  await until('the refusal', () => store.failure === 'ENOSPC')
  full = false
  await until('both others', () => stored().length === 2)
  peer.write('worse defect three\nlast\n')
  await until('the last', () => stored().length === 3)
  expect(stored()).toEqual(['before', 'behind', 'last'])
  expect(told).toEqual(['a defect'])
  expect(peer.destroyed).toBe(false)
  account.ledger.tick()
  expect(account.ledger.account()).toMatchObject({
    reached: 6,
    stored: 3,
    lost: 3,
    losses: [{ reason: 'bug', count: 3 }],
  })
  account.close()
  rmSync(stateDir, { recursive: true })
})

test('the rest of a split line whose beginning our own code fails on is no part of the line before', async () => {
  await using box = openDesk({ maxMessageBytes: 10 })
  await box.send(2, `host: abcdefgh\ndefect ${'x'.repeat(12)}\n`)
  await until('the rests', () => stored().length === 4)
  expect(collector.tally.doors().get('tcp://127.0.0.1:0')).toMatchObject({ stored: 4, bug: 0 })
  expect(linesOf().slice(2)).toMatchObject([
    { format: 'raw', msg: 'defect xxx', flags: ['split', 'unread'] },
    { app: null, msg: 'xxxxxxxxx', flags: ['no-pri', 'split'] },
  ])
})
