import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import type { Answer, FileBody } from './answer.ts'

/** A page may use its own style and nothing from elsewhere; no guessing of types, no framing by other sites. */
const SAFETY = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
}

/** How long the rest of what a client sent is read and thrown away, so that closing does not reset its answer. */
const LINGER_MS = 1000

/** Sends an answer with status line and headers. */
export async function sendAnswer(response: ServerResponse, answer: Answer, isHead: boolean): Promise<void> {
  const { body } = answer
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.last - body.first + 1
  const headers = { ...SAFETY, ...answer.headers }
  response.writeHead(answer.status, answer.status === 304 ? headers : { ...headers, 'content-length': length })
  if (typeof body === 'string') {
    response.end(isHead ? '' : body)
    return
  }
  if (isHead) {
    response.end()
    await body.file.close()
    return
  }
  await sendFile(body, response)
}

/** Sends the body alone and ends the connection: the answer to a simple request. @rfc 1945 section 6.1 */
export async function sendBare(socket: Socket, body: Answer['body']): Promise<void> {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS)
  socket.on('error', () => socket.destroy())
  socket.on('close', () => clearTimeout(timer))
  socket.resume()
  if (typeof body === 'string') socket.end(body)
  else {
    clearTimeout(timer)
    await sendFile(body, socket)
  }
}

/** A client that leaves in the middle is no fault of ours; the file is closed in any case. */
async function sendFile(body: FileBody, sink: NodeJS.WritableStream): Promise<void> {
  try {
    await pipeline(body.file.createReadStream({ start: body.first, end: body.last }), sink)
  } catch {
    await body.file.close().catch(() => undefined)
  }
}
