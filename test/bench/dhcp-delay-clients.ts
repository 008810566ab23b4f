import { messageType } from '../../daemons/dhcp/message/message.ts'
import { decodeMessage } from '../../daemons/dhcp/message/message-codec.ts'
import { OPTION } from '../../daemons/dhcp/message/option-code.ts'
import { DatagramBatch } from '../../daemons/linux/datagram-batch.ts'
import { openSocket } from '../../daemons/linux/open-socket.ts'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { watchReadable } from '../../daemons/linux/watch-readable.ts'
import { formatIpv4 } from '../../daemons/wire/address.ts'
import { readUint32 } from '../../daemons/wire/octets.ts'
import { type ClientMessage, clientDatagram } from '../dhcp/client-message.ts'

/**
 * New clients on an attached network, at a rate, from DISCOVER to ACK; prints when each began and how long it waited, as JSON.
 *
 * Arguments: interface, rate, seconds.
 */
const [device = 'eth0', rate = 1000, seconds = 10] = [process.argv[2], ...process.argv.slice(3, 5).map(Number)]
const TO_ALL = { address: '255.255.255.255', port: 67 }
/** How long the last answers are waited for. */
const LAST_MS = 1000

const { fd } = openSocket({ scheme: 'udp', host: '0.0.0.0', device, port: 68 }, { receiveBufferBytes: 8 << 20 })
const batch = new DatagramBatch({ slots: 64, slotBytes: 1500 })
const begunMs: number[] = []
const tookMs: (number | null)[] = []

function ask(xid: number, parts: ClientMessage): void {
  const digits = xid.toString(16).padStart(8, '0').match(/../g) ?? []
  sendDatagram(fd, clientDatagram({ ...parts, mac: `52:54:${digits.join(':')}`, xid, broadcast: true }), TO_ALL)
}

const watch = watchReadable(fd, () => {
  for (let count = batch.receive(fd); count > 0; count = batch.receive(fd))
    for (let slot = 0; slot < count; slot++) {
      const start = slot * batch.slotBytes
      const decoded = decodeMessage(batch.bytes.subarray(start, start + batch.length(slot)))
      if (decoded.kind !== 'message') continue
      const { xid, yiaddr, options } = decoded.message
      const type = messageType(decoded.message)
      if (type === 'ACK') tookMs[xid] = performance.now() - (begunMs[xid] ?? 0)
      if (type !== 'OFFER') continue
      const server = formatIpv4(readUint32(options.get(OPTION.serverIdentifier) ?? new Uint8Array(0), 0))
      ask(xid, { type: 'REQUEST', server, requested: formatIpv4(yiaddr) })
    }
})

const startMs = performance.now()
const pace = setInterval(() => {
  const nowMs = performance.now() - startMs
  while (begunMs.length < Math.min(nowMs / 1000, seconds) * rate) {
    tookMs.push(null)
    begunMs.push(performance.now())
    ask(begunMs.length - 1, { type: 'DISCOVER' })
  }
  if (nowMs < seconds * 1000 + LAST_MS) return
  clearInterval(pace)
  watch.stop()
  process.stdout.write(JSON.stringify(begunMs.map((begun, at) => [begun - startMs, tookMs[at]])))
}, 1)
