import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { startBox } from '../support/box.ts'

const PEERS = 50
const CHUNKS = 40
const MESSAGES = 100
/** What is promised of a flood. */
const MOST_BYTES = 90e6

test('syslog, flooded by many senders over TCP, takes less than 90 MB', async () => {
  await using box = await startBox({ config: '[syslog]\nlisten = ["tcp://127.0.0.1:0"]\n' })
  const port = await box.port('syslog', 'tcp')
  const chunk =
    `${'<34>Oct 11 22:14:15 mymachine sshd[1234]: the quick brown fox jumps over it '.padEnd(199, 'x')}\n`.repeat(
      MESSAGES,
    )
  const flood = async (): Promise<void> => {
    const peer = connect(port, '127.0.0.1').resume()
    for (let count = 0; count < CHUNKS; count++) if (!peer.write(chunk)) await once(peer, 'drain')
    peer.end()
    await once(peer, 'close')
  }
  await Promise.all(Array.from({ length: PEERS }, flood))
  const sent = PEERS * CHUNKS * MESSAGES
  const { pid } = await box.until('syslog', 'all of it', ({ counters }) => (counters['received'] ?? 0) >= sent)
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
  expect(Number(peak) * 1024).toBeLessThan(MOST_BYTES)
})
