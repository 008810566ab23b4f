import { setTimeout as pause } from 'node:timers/promises'
import { DatagramBatch } from '../../daemons/linux/datagram-batch.ts'
import { closeFd, openSocket } from '../../daemons/linux/open-socket.ts'
import { encodeInternetAddress } from '../../daemons/linux/sockaddr.ts'
import { bsdTime } from './bsd-time.ts'

/**
 * Sends numbered 200-byte messages over UDP to 127.0.0.1 at a steady rate, many per system call (sendmmsg).
 * Prints how many the kernel took and in which time, as JSON.
 *
 * Arguments: port, messages per second, seconds, and how many ports of ours they leave by in turn (default 1).
 */
const [port = 0, rate = 1000, seconds = 1, doors = 1] = process.argv.slice(2).map(Number)
const SLOTS = 64
const MESSAGE_BYTES = 200
const NUMBER_AT = 60

const HEAD = `<34>${bsdTime(new Date())} mymachine sshd[1234]: message number `
const sockets = Array.from({ length: doors }, () =>
  openSocket({ scheme: 'udp', host: '127.0.0.1', device: null, port: 0 }),
)
const batch = new DatagramBatch({ slots: SLOTS, slotBytes: 256 })
for (let slot = 0; slot < SLOTS; slot++) {
  encodeInternetAddress('127.0.0.1', port).bytes.copy(batch.peers, slot * 128)
  batch.bytes.write(HEAD.padEnd(MESSAGE_BYTES, 'the quick brown fox jumps over it '), slot * batch.slotBytes, 'latin1')
}

const started = performance.now()
let sent = 0
let refused = 0
let turn = 0
for (;;) {
  const elapsed = performance.now() - started
  if (elapsed >= seconds * 1000) break
  const due = Math.floor((elapsed / 1000) * rate) - sent - refused
  if (due < SLOTS / 2) {
    await pause(1)
    continue
  }
  const count = Math.min(due, SLOTS)
  for (let slot = 0; slot < count; slot++) {
    batch.bytes.write(String(sent + slot).padStart(10, '0'), slot * batch.slotBytes + NUMBER_AT, 'latin1')
    batch.reply(slot, MESSAGE_BYTES)
  }
  const socket = sockets[turn++ % sockets.length]
  const taken = socket === undefined ? 0 : batch.flush(socket.fd)
  sent += taken
  refused += count - taken
}
const took = (performance.now() - started) / 1000
for (const { fd } of sockets) closeFd(fd)
process.stdout.write(`${JSON.stringify({ sent, seconds: took })}\n`)
