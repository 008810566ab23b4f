/** Run inside a network namespace: receives one datagram on the wildcard address and tells what the kernel said of it. */
import { networkInterfaces } from 'node:os'
import { DatagramBatch } from '../../daemons/linux/datagram-batch.ts'
import { interfaceIndex } from '../../daemons/linux/interfaces.ts'
import { openSocket } from '../../daemons/linux/open-socket.ts'
import { watchReadable } from '../../daemons/linux/watch-readable.ts'
import { formatAddress } from '../../daemons/wire/address.ts'

const device = process.argv[2] ?? ''
const socket = openSocket({
  scheme: 'udp',
  host: '0.0.0.0',
  device: process.argv[3] === 'bound' ? device : null,
  port: 7777,
})
const batch = new DatagramBatch({ slots: 1, slotBytes: 256 })
const watch = watchReadable(socket.fd, () => {
  batch.receive(socket.fd)
  watch.stop()
  process.stdout.write(
    `${JSON.stringify({
      byName: interfaceIndex(device),
      arrived: batch.interfaceIndex(0),
      local: formatAddress(batch.control, 4, batch.localOffset(0)),
      peer: batch.peerText(0).split(':')[0],
      known: Object.keys(networkInterfaces()).includes(device),
      stampMs: batch.seconds(0) * 1000 + batch.nanoseconds(0) / 1e6,
      readMs: performance.timeOrigin + performance.now(),
    })}\n`,
  )
})
process.stdout.write('ready\n')
