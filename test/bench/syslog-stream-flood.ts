import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { bsdTime } from './bsd-time.ts'

/**
 * Sends messages of 200 bytes, each ended by LF, over several TCP connections to 127.0.0.1 at once, as fast as they are
 * taken. Prints how many and in which time, as JSON.
 *
 * Arguments: port, connections, messages for each.
 */
const [port = 0, connections = 1, messages = 1000] = process.argv.slice(2).map(Number)
const MESSAGE_BYTES = 200
const NUMBER_AT = 60
const TOGETHER = 100

const head = `<34>${bsdTime(new Date())} mymachine sshd[1234]: message number `
const line = `${head.padEnd(MESSAGE_BYTES - 1, 'the quick brown fox jumps over it ')}\n`

async function flood(peer: Socket): Promise<void> {
  for (let sent = 0; sent < messages; sent += TOGETHER) {
    const count = Math.min(TOGETHER, messages - sent)
    const chunk = Buffer.alloc(count * MESSAGE_BYTES, line, 'latin1')
    for (let index = 0; index < count; index++)
      chunk.write(String(sent + index).padStart(10, '0'), index * MESSAGE_BYTES + NUMBER_AT, 'latin1')
    if (!peer.write(chunk)) await once(peer, 'drain')
  }
  peer.end()
  await once(peer, 'close')
}

const peers = await Promise.all(
  Array.from({ length: connections }, async () => {
    const peer = connect(port, '127.0.0.1')
    await once(peer, 'connect')
    // Whoever hears nothing is never told that the other end has closed.
    return peer.resume()
  }),
)
const started = performance.now()
await Promise.all(peers.map(flood))
const seconds = (performance.now() - started) / 1000
process.stdout.write(`${JSON.stringify({ sent: connections * messages, seconds })}\n`)
