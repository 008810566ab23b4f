import { DatagramBatch } from '../../daemons/linux/datagram-batch.ts'
import { closeFd, openSocket } from '../../daemons/linux/open-socket.ts'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { setOption } from '../../daemons/linux/socket-options.ts'

/**
 * Asks an NTP server on 127.0.0.1 from sixteen addresses, for a tenth of what the answers cost: the kernel makes the requests of a burst out of one
 * long datagram (UDP_SEGMENT), and we sleep while they are answered. So one processor and more is left to the server.
 * Prints the answers counted as JSON, as `ntp-load.ts` does.
 *
 * Arguments: port, seconds.
 */
const [port = 0, seconds = 1] = process.argv.slice(2).map(Number)
const CLIENTS = 16
const BURST = 64
/** What did not come by then was dropped. */
const PATIENCE_MS = 5
const SLEEP_MS = 0.3
const REQUEST_BYTES = 48

const asleep = new Int32Array(new SharedArrayBuffer(4))
const batch = new DatagramBatch({ slots: BURST, slotBytes: 64 })
const requests = new Uint8Array(REQUEST_BYTES * BURST)
for (let one = 0; one < BURST; one++) requests.set([0x23, 0, 6, 0xec], one * REQUEST_BYTES)
const sockets = Array.from({ length: CLIENTS }, (_, client) => {
  const { fd } = openSocket({ scheme: 'udp', host: `127.0.1.${client}`, device: null, port: 0 })
  setOption(fd, 'UDP_SEGMENT', REQUEST_BYTES)
  return { fd, missing: 0, askedMs: 0 }
})

const started = performance.now()
let now = started
let answers = 0
while (now < started + seconds * 1000) {
  for (const socket of sockets) {
    const count = batch.receive(socket.fd)
    answers += count
    socket.missing -= count
    if (socket.missing > 0 && now - socket.askedMs < PATIENCE_MS) continue
    sendDatagram(socket.fd, requests, { address: '127.0.0.1', port })
    socket.missing = BURST
    socket.askedMs = now
  }
  Atomics.wait(asleep, 0, 0, SLEEP_MS)
  now = performance.now()
}
for (const { fd } of sockets) closeFd(fd)
process.stdout.write(`${JSON.stringify({ answers, seconds: (now - started) / 1000 })}\n`)
