import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { askSupervisor } from '../../supervisor/control/control-client.ts'
import { startBox } from '../support/box.ts'
import { openOnLoopback } from '../support/loopback.ts'
import { testWith } from '../support/needs.ts'
import { messagesIn } from '../support/stored-messages.ts'
import { waitFor } from '../support/wait-for.ts'

const CONFIG = '[syslog]\nlisten = ["udp://127.0.0.1:0", "tcp://127.0.0.1:0"]\n'

/** Runs the supervisor with a disk of its own, of 6 MiB, where its state lies. */
const ON_A_SMALL_DISK = [
  ...['unshare', '--mount', '--fork', 'sh', '-c'],
  'state=$(dirname "$5")/state; mkdir -p "$state"; mount -t tmpfs -o size=6m tmpfs "$state"; exec "$@"',
  'sh',
]

describe('syslog', () => {
  testWith(
    ['namespaces'],
    'on a full disk says so once, loses nothing uncounted, and goes on when there is room',
    async () => {
      await using box = await startBox({ config: CONFIG, inside: ON_A_SMALL_DISK, supervisor: 'probe_every = "200ms"' })
      using sender = openOnLoopback('udp://127.0.0.1:0')
      const target = { address: '127.0.0.1', port: await box.port('syslog', 'udp') }
      const { pid } = await box.service('syslog')
      // Where the box sees its disk, through the eyes of its process.
      const state = `/proc/${pid}/root${box.folder}/state`
      try {
        writeFileSync(join(state, 'fill'), Buffer.alloc(6 << 20))
      } catch {
        // Full is what it should be.
      }
      let sent = 0
      const degraded = await waitFor('a full disk', async () => {
        for (let burst = 0; burst < 200; burst++)
          sendDatagram(sender.fd, Buffer.from(`<13>1 - h load - - - ${sent++} ${'x'.repeat(300)}`), target)
        const syslog = await box.service('syslog')
        return (syslog.counters['rejected_disk_full'] ?? 0) > 1000 ? syslog : undefined
      })
      expect(degraded.health).toBe('degraded')
      expect(degraded.reason).toContain('the disk is full')
      rmSync(join(state, 'fill'))
      // It is well as soon as there is room; what was sent before may still wait to be read.
      const well = await box.until('syslog', 'ok again, and all accounted for', ({ health, counters }) => {
        const { received = 0, dropped_kernel = 0 } = counters
        return health === 'ok' && received + dropped_kernel === sent
      })
      // What it says of itself takes a way over the supervisor.
      const lines = await waitFor('the word of it', () => {
        const stored = messagesIn(join(state, 'syslog/segments'))
        return stored.some(({ msg }) => msg.startsWith('no more: ')) ? stored : undefined
      })
      const { received = 0, stored = 0, rejected = 0 } = well.counters
      expect(stored + rejected).toBe(received)
      expect(lines.filter(({ app }) => app === 'load')).toHaveLength(stored)
      const said = lines.filter(({ app, msg }) => app === 'syslog' && msg.includes('cannot store messages'))
      expect(said.map(({ msg }) => msg.replace(/ seconds=\d+$/, ''))).toEqual([
        'cannot store messages error="the disk is full, ENOSPC"',
        'no more: cannot store messages error="the disk is full, ENOSPC"',
      ])
    },
  )

  test('restarted by command, loses nothing of a TCP sender that heeds the farewell', async () => {
    await using box = await startBox({ config: CONFIG })
    const peer = connect({ port: await box.port('syslog', 'tcp'), host: '127.0.0.1', allowHalfOpen: true })
    const closed = once(peer, 'close')
    let sent = 0
    let told = false
    peer.on('end', () => {
      told = true
      peer.end()
    })
    peer.resume()
    const send = (): void => {
      if (told) return
      for (let line = 0; line < 10 && peer.writableLength < 1 << 16; line++)
        peer.write(`<13>1 - h load - - - ${sent++}\n`)
      setImmediate(send)
    }
    peer.on('connect', send)
    await box.until('syslog', 'the first messages', ({ counters }) => (counters['stored'] ?? 0) > 1000)
    // Not by a command that is waited for: the sender must be free to hear the farewell.
    await askSupervisor(join(box.folder, 'run/control.sock'), 'restart', { service: 'syslog' }, null)
    await closed
    const folder = join(box.folder, 'state/syslog/segments')
    const numbers = messagesIn(folder)
      .filter(({ app }) => app === 'load')
      .map(({ msg }) => Number(msg))
    expect(numbers.length).toBeGreaterThan(1000)
    expect(numbers).toEqual(Array.from({ length: sent }, (_, index) => index))
  })
})
