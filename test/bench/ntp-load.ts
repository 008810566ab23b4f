import { DatagramBatch } from '../../daemons/linux/datagram-batch.ts'
import { closeFd, openSocket } from '../../daemons/linux/open-socket.ts'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'

/**
 * Asks an NTP server on 127.0.0.1 in a closed loop: `outstanding` requests are under way, each answer is turned into the
 * next request in place. It looks for answers every `pauseUs`: 0 = at once, which wakes the server for each request.
 * Prints the answers counted as JSON and exits 1 when one was wrong.
 *
 * Arguments: port, seconds, outstanding requests, pause in microseconds (from 500 on it sleeps meanwhile), clients: how many
 * addresses of 127.0.0.0/8 the requests come from in turn; the server's address.
 */
const [port = 0, seconds = 1, outstanding = 64, pauseUs = 0, clients = 1] = process.argv.slice(2, 7).map(Number)
const address = process.argv[7] ?? '127.0.0.1'
const QUIET_MS = 200
const FIRST_CLIENT = 0x7f01_0000
const SLEEP_US = 500

const host = clients > 1 || address !== '127.0.0.1' ? '0.0.0.0' : '127.0.0.1'
const socket = openSocket({ scheme: 'udp', host, device: null, port: 0 })
const asleep = new Int32Array(new SharedArrayBuffer(4))
let client = 0
const batch = new DatagramBatch({ slots: outstanding, slotBytes: 64 })
const request = new Uint8Array(48)
request[0] = 0x23

const begin = (): void => {
  for (let sent = 0; sent < outstanding; sent++) {
    request[47] = sent + 1
    sendDatagram(socket.fd, request, { address, port })
  }
}

const started = performance.now()
const deadline = started + seconds * 1000
let answers = 0
let wrong = 0
let lastMs = started
let now = started
begin()
while (now < deadline) {
  const count = batch.receive(socket.fd)
  now = performance.now()
  if (count === 0 && now - lastMs > QUIET_MS) {
    begin()
    lastMs = now
  }
  if (count > 0) lastMs = now
  for (let slot = 0; slot < count; slot++) {
    const at = slot * batch.slotBytes
    if (batch.length(slot) !== 48 || ((batch.bytes[at] ?? 0) & 0x3f) !== 0x24) wrong += 1
    // The transmit timestamp of the answer is as good a nonce as any; only the first octet makes it a request again.
    batch.bytes[at] = 0x23
    // The next request leaves from the address that the packet information names.
    if (clients > 1) batch.control.writeUInt32BE(FIRST_CLIENT + (client++ % clients), batch.localOffset(slot))
    batch.reply(slot, 48)
  }
  answers += count
  batch.flush(socket.fd)
  const next = now + pauseUs / 1000
  if (pauseUs >= SLEEP_US) Atomics.wait(asleep, 0, 0, pauseUs / 1000)
  else while (performance.now() < next);
}
closeFd(socket.fd)
process.stdout.write(`${JSON.stringify({ answers, seconds: (now - started) / 1000, wrong })}\n`)
process.exitCode = wrong > 0 ? 1 : 0
