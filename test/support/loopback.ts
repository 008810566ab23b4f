import { DatagramBatch } from '../../daemons/linux/datagram-batch.ts'
import { closeFd, type OpenedSocket, openSocket } from '../../daemons/linux/open-socket.ts'
import { sendDatagram } from '../../daemons/linux/send-datagram.ts'
import { watchReadable } from '../../daemons/linux/watch-readable.ts'
import { systemClock } from '../../daemons/runtime/system-clock.ts'
import { type ListenUrl, parseListenUrl } from '../../daemons/wire/listen-url.ts'

/** Reads a listen URL that the test knows to be right. */
export function listenUrl(text: string): ListenUrl {
  const url = parseListenUrl(text)
  if (url === null) throw new Error(`no listen URL: ${text}`)
  return url
}

/** Opens a socket on a free port of loopback and closes it when the returned scope ends. */
export function openOnLoopback(
  url: string,
  receiveBufferBytes?: number,
): OpenedSocket & { readonly port: number; [Symbol.dispose](): void } {
  const opened = openSocket(listenUrl(url), receiveBufferBytes === undefined ? {} : { receiveBufferBytes })
  const port = 'port' in opened.url ? opened.url.port : 0
  return { ...opened, port, [Symbol.dispose]: () => closeFd(opened.fd) }
}

/** Resolves when the socket has something to read. */
export function readable(fd: number): Promise<void> {
  return new Promise((resolve) => {
    const watch = watchReadable(fd, () => {
      watch.stop()
      resolve()
    })
  })
}

/** Waits for at least one datagram and receives one batch. */
export async function receiveBatch(
  fd: number,
  batch: DatagramBatch = new DatagramBatch({ slots: 8, slotBytes: 2048 }),
): Promise<{ batch: DatagramBatch; count: number }> {
  await readable(fd)
  return { batch, count: batch.receive(fd) }
}

/**
 * Resolves when the kernel stamps datagrams on their arrival. It begins to a moment after a socket asks for the first
 * stamps on a machine; until then a datagram gets the time at which it is read.
 */
export async function stampsOnArrival(): Promise<void> {
  using socket = openOnLoopback('udp://127.0.0.1:0')
  using sender = openOnLoopback('udp://127.0.0.1:0')
  for (let attempt = 0; attempt < 1000; attempt++) {
    sendDatagram(sender.fd, Buffer.from('when?'), { address: '127.0.0.1', port: socket.port })
    const sentNs = systemClock.wallNs()
    const { batch } = await receiveBatch(socket.fd)
    const stampNs = BigInt(batch.seconds(0)) * 1_000_000_000n + BigInt(batch.nanoseconds(0))
    batch.free()
    if (stampNs <= sentNs) return
  }
  throw new Error('this kernel does not stamp datagrams on arrival')
}
