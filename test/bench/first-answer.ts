import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { clientDatagram } from '../dhcp/client-message.ts'

/** A request is sent again after this long, for servers whose socket dies with them. */
const AGAIN_MS = 2

/** Sends a datagram to a port on loopback, again and again, until one comes back; gives that one. */
export async function exchange(port: number, datagram: Uint8Array): Promise<Buffer> {
  const socket = createSocket('udp4')
  let answer: Buffer | null = null
  const answered = once(socket, 'message').then(([message]) => {
    answer = message
  })
  // Connection refused is told by a later send: nobody listens yet.
  socket.on('error', () => undefined)
  try {
    while (answer === null) {
      socket.send(datagram, port, '127.0.0.1')
      await Promise.race([answered, pause(AGAIN_MS)])
    }
    return answer
  } finally {
    socket.close()
  }
}

/** Asks for the time. */
export async function askNtp(port: number): Promise<void> {
  const query = Buffer.alloc(48)
  query[0] = 0x23
  await exchange(port, query)
}

/** Asks for an address, as a relay agent of 10.77.0.0/16. */
export async function askDhcp(port: number): Promise<void> {
  await exchange(port, clientDatagram({ type: 'DISCOVER', giaddr: '10.77.0.1' }))
}

/** Asks for a page, whatever the answer says. */
export async function askHttp(port: number, path: string): Promise<void> {
  for (;;) {
    try {
      const asked = request({ port, host: '127.0.0.1', path, agent: false }).end()
      const [response] = await once(asked, 'response')
      response.resume()
      return
    } catch {
      await pause(1)
    }
  }
}

let marks = 0

/** Sends one message and waits until its line is in the store. */
export async function storeLine(port: number, folder: string): Promise<void> {
  const mark = `mark-${process.pid}-${++marks}`
  const socket = createSocket('udp4')
  socket.send(`<13>1 - bench - - - - ${mark}`, port, '127.0.0.1')
  while (!isStored(folder, mark)) await pause(0.5)
  socket.close()
}

function isStored(folder: string, mark: string): boolean {
  const newest = readdirSync(folder)
    .filter((file) => file.endsWith('.ndjson'))
    .sort()
    .at(-1)
  return newest !== undefined && readFileSync(join(folder, newest), 'utf8').includes(mark)
}
