import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { closeFd } from '../../daemons/linux/open-socket.ts'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { readSocketMemory } from '../../daemons/linux/socket-memory.ts'
import { setOption } from '../../daemons/linux/socket-options.ts'
import { Ledger } from '../../supervisor/record/ledger.ts'
import { GapRecord, NO_GAPS } from '../../supervisor/service/gap-record.ts'
import { HeldSockets } from '../../supervisor/sockets/held-sockets.ts'
import { openOnLoopback } from '../support/loopback.ts'
import { socketSpec } from './open-fleet.ts'

const EXIT = {
  at: '',
  code: null,
  signal: 'SIGKILL',
  reason: 'signal',
  gap_ms: null,
  queued: null,
  dropped: null,
} as const

test('a datagram that the kernel drops while a new life begins counts in that life or in the gap, never in both', () => {
  const sockets = new HeldSockets()
  const [kept] = sockets.hold('syslog', [socketSpec('udp://127.0.0.1:0')])
  const { fd = -1, url } = kept?.opened ?? {}
  setOption(fd, 'SO_RCVBUF', 4096)
  using sender = openOnLoopback('udp://127.0.0.1:0')
  const target = { address: '127.0.0.1', port: url !== undefined && 'port' in url ? url.port : 0 }
  const flood = (count: number): number => {
    for (let sent = 0; sent < count; sent++) sendDatagram(sender.fd, Buffer.alloc(500), target)
    return readSocketMemory(fd).drops
  }
  const ledger = new Ledger(join(mkdtempSync(join(tmpdir(), 'lanward-ledger-')), 'ledger.sqlite'))
  const gaps = new GapRecord('syslog', { ledger, sockets, gapsOf: () => NO_GAPS })
  const atDeath = flood(50)
  gaps.ended(1, EXIT, [], 0)
  const atFirstRead = flood(20)
  const atReady = flood(30)
  gaps.ready(80)
  expect([atDeath > 0, atFirstRead - atDeath, atReady - atFirstRead]).toEqual([true, 20, 30])
  expect(gaps.lastExit?.dropped).toBe(50)
  gaps.told({ waited: 4, droppedBefore: atFirstRead })
  expect(gaps.lastExit).toMatchObject({ queued: 4, dropped: 20 })
  gaps.told({ waited: 7, droppedBefore: null })
  expect(gaps.lastExit).toMatchObject({ queued: 7, dropped: 20 })
  closeFd(fd)
})
