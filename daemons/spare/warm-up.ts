import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { Socket } from 'node:net'
import { openSocketPair } from '../linux/open-pipe.ts'

/**
 * Has Node serve one HTTP request to itself, over a pair of sockets that nobody else can reach: its own JavaScript is compiled
 * function by function when it is first called, which cost the first answer after a death 6 ms.
 */
export async function warmUp(): Promise<void> {
  const [ours, theirs] = openSocketPair()
  const server = createServer((_request, response) => response.setHeader('content-type', 'text/plain').end('ok'))
  server.emit('connection', new Socket({ fd: ours, readable: true, writable: true }))
  const connection = new Socket({ fd: theirs, readable: true, writable: true })
  const asked = request({ createConnection: () => connection, headers: { connection: 'close' } }).end()
  const [response] = await once(asked, 'response')
  await once(response.resume(), 'end')
  server.close()
}
