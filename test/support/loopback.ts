import { DatagramBatch } from '../../daemons/linux/datagram-batch.ts'
import { closeFd, type OpenedSocket, openSocket } from '../../daemons/linux/open-socket.ts'
import { watchReadable } from '../../daemons/linux/watch-readable.ts'
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
