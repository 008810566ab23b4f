import { appendFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { accountLine, accountOf } from '../../../daemons/syslog/ledger/account.ts'
import { FlightRecord } from '../../../daemons/syslog/ledger/flight-record.ts'
import { ledgerFiles } from '../../../daemons/syslog/ledger/ledger-file.ts'
import { LossLedger } from '../../../daemons/syslog/ledger/loss-ledger.ts'
import type { DoorStanding, TargetStanding } from '../../../daemons/syslog/ledger/minute-rows.ts'
import { readLedger } from '../../../daemons/syslog/ledger/read-ledger.ts'
import { ownFolder } from '../../support/own-folder.ts'

const UDP = 'udp://0.0.0.0:514'
const BEGAN_MS = Date.UTC(2026, 0, 31, 23, 55)

/** A box as the ledger sees it, whose daemon can be killed: the store and the socket stay. */
class World {
  nowMs = BEGAN_MS
  nextSeq = 1
  drops = 0
  inode = 77
  boot = 'first'
  connections = 0
  flight: number | null = null
  door = noMessages()
  readonly stored: string[] = []
  targets: TargetStanding[] = []
  ledger: LossLedger
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
    this.ledger = this.begin()
  }

  begin(): LossLedger {
    this.door = noMessages()
    const world = this
    this.ledger = new LossLedger({
      folder: this.folder,
      clock: { wallMs: () => this.nowMs, wallNs: () => BigInt(this.nowMs) * 1_000_000n, monotonicMs: () => this.nowMs },
      log: pino({ level: 'silent' }),
      sources: {
        standing: () => ({
          targets: this.targets,
          doors: new Map([[UDP, this.door]]),
          sockets: [{ inode: this.inode, via: UDP, drops: this.drops >>> 0 }],
        }),
        nextSeq: () => this.nextSeq,
        connections: () => this.connections,
        recount: (from, to) => {
          const counts = new Map<string, number>()
          for (const via of this.stored.slice(from - 1, to - 1)) counts.set(via, (counts.get(via) ?? 0) + 1)
          return counts
        },
        get flight() {
          return world.flight
        },
        get boot() {
          return world.boot
        },
      },
    })
    return this.ledger
  }

  store(count: number): void {
    for (let one = 0; one < count; one++) this.stored.push(UDP)
    this.nextSeq += count
    this.door = { ...this.door, received: this.door.received + count, stored: this.door.stored + count }
  }

  reject(reason: 'disk_full' | 'empty', count: number): void {
    this.door = { ...this.door, received: this.door.received + count, [reason]: this.door[reason] + count }
  }

  account() {
    return accountOf([...readLedger(this.folder, 0, this.nowMs)], 0, this.nowMs)
  }
}

function noMessages(): DoorStanding {
  return { received: 0, stored: 0, disk_full: 0, disk_error: 0, empty: 0, rate_limited: 0, bug: 0 }
}

const stepOf = fc.oneof(
  fc.record({ kind: fc.constant('store' as const), count: fc.integer({ min: 1, max: 500 }) }),
  fc.record({ kind: fc.constant('drop' as const), count: fc.integer({ min: 1, max: 500 }) }),
  fc.record({ kind: fc.constant('reject' as const), count: fc.integer({ min: 1, max: 50 }) }),
  fc.record({ kind: fc.constant('empty' as const), count: fc.integer({ min: 1, max: 50 }) }),
  fc.record({ kind: fc.constant('wait' as const), count: fc.integer({ min: 1, max: 90_000 }) }),
  fc.constant({ kind: 'kill' as const, count: 0 }),
  fc.constant({ kind: 'stop' as const, count: 0 }),
  fc.constant({ kind: 'reopen' as const, count: 0 }),
)

describe('the loss ledger', () => {
  test('balances over any life with any deaths: nothing is told twice, nothing stored or dropped is missing', () => {
    fc.assert(
      fc.property(fc.array(stepOf, { maxLength: 40 }), (steps) => {
        using folder = ownFolder()
        const world = new World(join(folder.path, 'ledger'))
        world.ledger.tick()
        const sent = { stored: 0, dropped: 0, rejected: 0, empty: 0 }
        for (const { kind, count } of steps) {
          if (kind === 'store') {
            world.store(count)
            sent.stored += count
          } else if (kind === 'drop') {
            world.drops += count
            sent.dropped += count
          } else if (kind === 'reject' || kind === 'empty') {
            world.reject(kind === 'empty' ? 'empty' : 'disk_full', count)
            // What was rejected within the second before a death was told to nobody.
            world.ledger.tick()
            sent[kind === 'empty' ? 'empty' : 'rejected'] += count
          } else if (kind === 'wait') {
            world.nowMs += count
            world.ledger.tick()
          } else {
            if (kind !== 'kill') world.ledger.close()
            world.nowMs += 1000
            if (kind === 'reopen') {
              world.inode += 1
              world.drops = 0
            }
            world.begin().tick()
          }
        }
        world.ledger.close()
        const { stored, lost, empty, reached, losses } = world.account()
        expect({ stored, lost, empty }).toEqual({
          stored: sent.stored,
          lost: sent.dropped + sent.rejected,
          empty: sent.empty,
        })
        expect(reached).toBe(stored + lost + empty)
        const counted = losses.filter(({ reason }) => reason === 'kernel' || reason === 'disk_full')
        expect(counted.reduce((sum, { count }) => sum + (count ?? 0), 0)).toBe(lost)
        for (const row of readLedger(world.folder, 0, world.nowMs)) {
          if (row.kind !== 'count') continue
          const dropped = Object.values(row.dropped).reduce((sum, count) => sum + count, 0)
          expect(row.received).toBe(row.stored + dropped)
        }
      }),
      { numRuns: 150 },
    )
  })

  test('tells a minute once that is closed after midnight', () => {
    using folder = ownFolder()
    const world = new World(join(folder.path, 'ledger'))
    world.nowMs = Date.UTC(2026, 0, 31, 23, 59, 58)
    world.ledger.tick()
    world.nowMs += 1000
    world.store(3)
    world.ledger.tick()
    world.nowMs += 1000
    world.ledger.tick()
    world.ledger.close()
    expect(world.account()).toMatchObject({ reached: 3, stored: 3, lost: 0 })
  })

  test('tells the time of a loss to the second', () => {
    using folder = ownFolder()
    const world = new World(join(folder.path, 'ledger'))
    world.ledger.tick()
    for (let second = 0; second < 30; second++) {
      world.nowMs += 1000
      world.store(5)
      if (second === 10) world.drops += 7
      world.ledger.tick()
    }
    expect(world.account().losses).toEqual([
      {
        from: '2026-01-31T23:55:10.000Z',
        to: '2026-01-31T23:55:11.000Z',
        via: UDP,
        reason: 'kernel',
        count: 7,
        sender: null,
        target: null,
      },
    ])
    const account = world.ledger.account()
    expect(account).toMatchObject({ reached: 157, stored: 150, lost: 7 })
    const line = '95.541 % of what reached this box; lost: 7 (kernel) 2026-01-31T23:55:10Z to 23:55:11Z'
    expect(account === null ? '' : accountLine(account)).toBe(line)
  })

  test('a connection that ended with a killed daemon is a loss that may be, and contradicts no share', () => {
    const row = {
      from: '2026-01-31T23:55:10.000Z',
      to: '2026-01-31T23:55:11.000Z',
      kind: 'death',
      how: 'killed',
    } as const
    const none = { lost_from: null, lost_to: null }
    const count = { ...row, kind: 'count', via: UDP, received: 5, stored: 5, dropped: {}, kernel: 0, ...none } as const
    const lineOf = (connections: number, read: number | null = 0) =>
      accountLine(accountOf([count, { ...row, read, connections }], Date.UTC(2026, 0, 31), Date.UTC(2026, 1, 1)))
    expect(lineOf(0)).toBe('100 % of what reached this box')
    expect(lineOf(2)).toBe(
      '100 % of what is known to have reached this box; maybe lost: what was under way in open connections when the daemon was killed, 2026-01-31T23:55:10Z to 23:55:11Z',
    )
    expect(lineOf(0, null)).toContain('known to have reached this box; maybe lost: what it had in hand')
  })

  test('is whole again after its end was torn, its newest file emptied, or all of it lost', () => {
    for (const spoil of [
      (file: string) => truncateSync(file, readFileSync(file).length - 20),
      (file: string) => appendFileSync(file, Buffer.alloc(4096)),
      (file: string) => appendFileSync(file, '{"kind":"count","from":"2026'),
      (file: string) => truncateSync(file, 0),
      (file: string) => writeFileSync(file, Buffer.from('no ledger at all\n\0\xff'.repeat(50), 'latin1')),
      (file: string) => rmSync(file),
    ]) {
      using folder = ownFolder()
      const world = new World(join(folder.path, 'ledger'))
      world.ledger.tick()
      world.store(10)
      world.nowMs += 120_000
      world.ledger.tick()
      spoil(join(world.folder, ledgerFiles(world.folder).at(-1) ?? ''))
      world.nowMs += 1000
      world.begin().tick()
      expect(world.ledger.faults()).toEqual([])
      world.store(3)
      world.nowMs += 1000
      world.ledger.tick()
      const rows = [...readLedger(world.folder, 0, world.nowMs)]
      expect(rows.at(-1)).toMatchObject({ kind: 'count', stored: 3 })
    }
  })

  test('goes on in memory while it cannot be written, and catches up', () => {
    using folder = ownFolder()
    writeFileSync(join(folder.path, 'ledger'), 'a file stands in the way')
    const world = new World(join(folder.path, 'ledger'))
    world.ledger.tick()
    world.store(10)
    world.nowMs += 61_000
    world.ledger.tick()
    expect(world.ledger.faults()[0]).toMatch(/^cannot write the loss ledger/)
    expect(world.ledger.account()?.stored).toBe(10)
    rmSync(join(folder.path, 'ledger'))
    mkdirSync(join(folder.path, 'ledger'))
    world.nowMs += 1000
    world.ledger.tick()
    expect(world.account().stored).toBe(10)
    world.nowMs += 11_000
    world.ledger.tick()
    world.nowMs += 11_000
    world.store(1)
    world.ledger.tick()
    expect(world.ledger.faults()).toEqual([])
  })

  test('keeps one file per day and goes on in the newest when the clock goes back', () => {
    using folder = ownFolder()
    const world = new World(join(folder.path, 'ledger'))
    for (const nowMs of [BEGAN_MS, BEGAN_MS + 600_000, BEGAN_MS - 86_400_000]) {
      world.nowMs = nowMs
      world.ledger.tick()
      world.store(1)
      world.nowMs += 60_000
      world.ledger.tick()
    }
    expect(ledgerFiles(world.folder)).toEqual(['2026-01-31.ndjson', '2026-02-01.ndjson'])
    world.nowMs = BEGAN_MS + 900_000
    expect(world.account().stored).toBe(3)
  })

  test('a death is a loss of unknown size only where nobody knows what it had in hand', () => {
    using folder = ownFolder()
    const world = new World(join(folder.path, 'ledger'))
    world.connections = 2
    world.ledger.tick()
    world.nowMs += 5000
    world.boot = 'second'
    world.nextSeq = 1
    world.begin().tick()
    const { losses } = world.account()
    expect(losses.map(({ reason, count }) => [reason, count])).toEqual([
      ['killed', null],
      ['connections', null],
    ])
  })

  test('a connection that came and was cut off between two looks of the ledger is told', () => {
    using folder = ownFolder()
    const world = new World(join(folder.path, 'ledger'))
    const flight = new FlightRecord(() => world.nextSeq)
    world.flight = flight.id
    world.ledger.tick()
    flight.connected(1)
    world.nowMs += 700
    world.begin().tick()
    expect(world.account().losses.map(({ reason, count }) => [reason, count])).toEqual([['connections', null]])
  })

  test('messages that a loss of power took from the store are lost, not stored', () => {
    using folder = ownFolder()
    const world = new World(join(folder.path, 'ledger'))
    world.ledger.tick()
    world.store(100)
    world.nowMs += 1000
    world.ledger.tick()
    world.nextSeq = 61
    world.stored.length = 60
    world.boot = 'second'
    world.inode = 3
    world.nowMs += 60_000
    world.begin().tick()
    expect(world.account()).toMatchObject({ reached: 100, stored: 60, lost: 40 })
    expect(world.account().losses.map(({ reason }) => reason)).toEqual(['power', 'killed', 'not_listening'])
  })

  test('tells what targets of forwarding got and missed, which is not lost here', () => {
    using folder = ownFolder()
    const world = new World(join(folder.path, 'ledger'))
    world.ledger.tick()
    const target = { name: 'central', forwarded: 0, maybe_lost: 0, spool_overflow: 0, refused: 0 }
    for (const standing of [{ forwarded: 40 }, { forwarded: 90, spool_overflow: 7 }, { forwarded: 5, refused: 1 }]) {
      world.store(50)
      world.targets = [{ ...target, ...standing }]
      world.nowMs += 40_000
      world.ledger.tick()
    }
    // With the third its settings changed, and it counts from zero.
    expect(world.account()).toMatchObject({ reached: 150, stored: 150, lost: 0, forwarded: 95 })
    expect(world.account().losses.map(({ reason, target: name, count }) => [reason, name, count])).toEqual([
      ['forward_spool_overflow', 'central', 7],
      ['forward_refused', 'central', 1],
    ])
  })
})
