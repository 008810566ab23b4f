/**
 * Echoes numbered datagrams through the batch layer while forcing garbage collection (run with --expose-gc), and
 * makes and drops watches and batches meanwhile. Prints one JSON line: what was verified. Argument: seconds to run.
 */
import { DatagramBatch } from '../../daemons/linux/datagram-batch.ts'
import { closeFd, type OpenedSocket, openSocket } from '../../daemons/linux/open-socket.ts'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { watchReadable } from '../../daemons/linux/watch-readable.ts'

const gc = globalThis.gc
if (gc === undefined) throw new Error('run with --expose-gc')
const endMs = performance.now() + Number(process.argv[2] ?? 30) * 1000
const BURST = 64

const open = (): OpenedSocket =>
  openSocket({ scheme: 'udp', host: '127.0.0.1', device: null, port: 0 }, { receiveBufferBytes: 1 << 20 })
const portOf = (socket: OpenedSocket): number => ('port' in socket.url ? socket.url.port : 0)

const server = open()
const client = open()
const serving = new DatagramBatch({ slots: 16, slotBytes: 256 })
const asking = new DatagramBatch({ slots: 16, slotBytes: 256 })
let collections = 0
let verified = 0
let sent = 0
let wrong = 0
let passing = 0

/** Bytes of datagram `number`: itself, then a pattern that follows from it. */
function pattern(number: number): Buffer {
  const bytes = Buffer.alloc(64 + (number % 128), number & 0xff)
  bytes.writeUInt32LE(number, 0)
  return bytes
}

const echo = watchReadable(server.fd, () => {
  for (let count = serving.receive(server.fd); count > 0; count = serving.receive(server.fd)) {
    for (let slot = 0; slot < count; slot++) serving.reply(slot, serving.length(slot))
    serving.flush(server.fd)
  }
})
const answers = watchReadable(client.fd, () => {
  for (let count = asking.receive(client.fd); count > 0; count = asking.receive(client.fd)) {
    for (let slot = 0; slot < count; slot++) {
      const start = slot * asking.slotBytes
      const got = asking.bytes.subarray(start, start + asking.length(slot))
      if (got.equals(pattern(got.readUInt32LE(0))) && asking.peerPort(slot) === portOf(server)) verified += 1
      else wrong += 1
    }
  }
  if (verified + wrong >= sent) setImmediate(burst)
})

/** Watches and batches that live for one datagram: their memory must go only when libuv has let go of it. */
function passOne(): void {
  const socket = open()
  const batch = new DatagramBatch({ slots: 4, slotBytes: 512 })
  const watch = watchReadable(socket.fd, () => {
    if (batch.receive(socket.fd) === 1 && batch.length(0) === 9) passing += 1
    watch.stop()
    batch.free()
    closeFd(socket.fd)
  })
  sendDatagram(socket.fd, Buffer.from('in passing'.slice(0, 9)), { address: '127.0.0.1', port: portOf(socket) })
}

function burst(): void {
  if (performance.now() > endMs) {
    echo.stop()
    answers.stop()
    process.stdout.write(`${JSON.stringify({ sent, verified, wrong, collections, passing })}\n`)
    return
  }
  for (let index = 0; index < BURST; index++)
    sendDatagram(client.fd, pattern(sent++), { address: '127.0.0.1', port: portOf(server) })
  passOne()
  if (sent % (BURST * 4) === 0) {
    // Garbage of the sizes the slabs have, so that freed memory is taken again at once.
    for (let index = 0; index < 8; index++) Buffer.allocUnsafeSlow(4096).fill(index)
    gc?.({ type: collections % 4 === 0 ? 'major' : 'minor' })
    collections += 1
  }
}

burst()
